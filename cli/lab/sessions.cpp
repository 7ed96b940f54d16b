#include "lab/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"

namespace wsdeep::lab {
namespace {

constexpr std::chrono::seconds kBeat{5};
constexpr std::chrono::milliseconds kStopPatience{700};
constexpr std::chrono::milliseconds kStopLook{10};
constexpr std::chrono::seconds kStartPatience{10};
constexpr const char* kNeverStarted = "start";

}  // namespace

struct Sessions::Impl {
  /// One that begins, runs, or has ended and is not written down yet.
  struct Entry {
    std::shared_ptr<Session> session;
    unsigned number = 0;
    bool is_in_store = false;  ///< perhaps: its end has to be told there
    bool is_saved_ended = false;
    net::EventLoop::Subscription patience;
  };

  Impl(net::EventLoop& own, Keeper& keeps, SessionsOptions given, std::function<void()> told_lost)
      : loop(own),
        keeper(keeps),
        options(std::move(given)),
        lost(std::move(told_lost)),
        pushes(own, options.push),
        redis(own, options.redis, [this] { beat(); }) {}

  SessionRecords records(RedisLink& link) const { return {link, options.key_prefix, self}; }
  std::string refusal(const std::string& owner) const;
  void start(const std::string& owner, const std::string& image, std::size_t image_number, int cols, int rows,
             OnCreated done);
  void started(const std::string& id, const std::string& fault, const OnCreated& done);
  void jail_ended(unsigned number, int status);
  void save(const std::string& id);
  void beat();
  void look_after();

  net::EventLoop& loop;
  Keeper& keeper;
  const SessionsOptions options;
  const std::string self = random_uuid();
  std::function<void()> lost;
  PushClient pushes;
  unsigned last_number = 0;
  bool stopping = false;
  std::map<std::string, Entry> entries;
  net::EventLoop::Subscription beats, looks, stops;
  RedisThread redis;
};

Sessions::Sessions(net::EventLoop& loop, Keeper& keeper, SessionsOptions options, std::function<void()> lost)
    : impl_(std::make_unique<Impl>(loop, keeper, std::move(options), std::move(lost))) {
  Impl& impl = *impl_;
  keeper.attach(
      loop, [&impl](unsigned number, int status) { impl.jail_ended(number, status); }, [&impl] { impl.lost(); });
  impl.beats = loop.every(kBeat, [&impl] { impl.beat(); });
  const auto look =
      std::clamp<std::chrono::milliseconds>(impl.options.times.idle / 4, std::chrono::milliseconds(50), kBeat);
  impl.looks = loop.every(look, [&impl] { impl.look_after(); });
  impl.beat();
}

Sessions::~Sessions() {
  impl_->keeper.detach();
}

std::string Sessions::Impl::refusal(const std::string& owner) const {
  int running = 0;
  int own = 0;
  for (const auto& [id, entry] : entries) {
    if (entry.session->is_over()) continue;
    ++running;
    if (entry.session->owner() == owner) ++own;
  }
  if (own >= options.most_of_owner)
    return fmt::format("you have {} sessions, which is the most: end one of them first", own);
  if (running >= options.most) return "all sessions of the lab are taken: try again later";
  return {};
}

void Sessions::create(const std::string& owner, const std::string& image, int cols, int rows, OnCreated done) {
  const auto& images = impl_->options.images;
  const auto found = image.empty() ? images.begin() : std::find(images.begin(), images.end(), image);
  if (found == images.end()) return done({400, "image: there is none of that name", {}});
  if (impl_->stopping) return done({503, "the server is stopping", {}});
  if (std::string why = impl_->refusal(owner); !why.empty()) return done({429, std::move(why), {}});
  if (!impl_->redis.is_up()) {
    impl_->beat();  // sees whether it is back
    return done({503, "the lab's session store is not there: try again", {}});
  }
  impl_->start(owner, *found, static_cast<std::size_t>(found - images.begin()), cols, rows, std::move(done));
}

void Sessions::Impl::start(const std::string& owner, const std::string& image, std::size_t image_number, int cols,
                           int rows, OnCreated done) {
  const auto now = std::chrono::system_clock::now();
  SessionRecord record;
  record.id = random_uuid();
  record.owner = owner;
  record.server = self;
  record.image = image;
  record.created = record.last_use = epoch_ms(now);
  record.idle_end = epoch_ms(now + options.times.idle);
  record.cols = cols;
  record.rows = rows;
  const std::string id = record.id;
  const unsigned number = ++last_number;
  Session::Ports ports{[this, id, done](const std::string& fault) { started(id, fault, done); },
                       [this, number] { keeper.kill(number); }};
  try {
    OwnedDescriptor control = keeper.start(number, cols, rows, image_number);
    const auto session = std::make_shared<Session>(loop, pushes, options.times, std::move(record), std::move(ports));
    session->begin(std::move(control));
    Entry& entry = entries[id];
    entry.session = session;
    entry.number = number;
    entry.patience = loop.after(kStartPatience, [session] { session->end(kNeverStarted); });
  } catch (const std::exception& error) {  // no descriptor, no memory: of this one session
    log_error("a session cannot be started", {{"cause", error.what()}});
    done({500, "the session cannot be started", {}});
  }
}

/// It counts only once it is written down: what nobody can find again must not run. Where that fails nobody knows what
/// the store has of it, and it is taken out again.
void Sessions::Impl::started(const std::string& id, const std::string& fault, const OnCreated& done) {
  Entry& entry = entries.at(id);
  entry.patience = {};
  if (!fault.empty()) {
    log_error("a session cannot be started", {{"sessionId", id}, {"cause", fault}});
    entry.session->end(kNeverStarted);
    return done({500, "the session cannot be started", {}});
  }
  entry.is_in_store = true;
  const SessionRecord record = entry.session->record();
  redis.ask(
      [this, record](RedisLink& link) {
        records(link).renew_self();
        records(link).save(record);
      },
      [this, record, done](const std::string& why) {
        if (why.empty()) {
          log_info("session begins", {{"sessionId", record.id}, {"userId", record.owner}});
          return done({201, {}, record});
        }
        if (const auto found = entries.find(record.id); found != entries.end())
          found->second.session->end(kNeverStarted);
        done({503, "the lab's session store is not there: try again", {}});
      });
}

void Sessions::Impl::jail_ended(unsigned number, int status) {
  for (auto& [id, entry] : entries) {
    if (entry.number != number) continue;
    const std::shared_ptr<Session> session = entry.session;
    session->jail_ended(status);
    log_info("session ends", {{"sessionId", id}, {"reason", session->record().end_reason}, {"exitCode", status}});
    if (entry.is_in_store) return save(std::string(id));
    entry.is_saved_ended = true;
    return;
  }
}

void Sessions::Impl::save(const std::string& id) {
  const SessionRecord record = entries.at(id).session->record();
  const bool never_was = record.ended && record.end_reason == kNeverStarted;
  redis.ask([this, record,
             never_was](RedisLink& link) { never_was ? records(link).remove(record) : records(link).save(record); },
            [this, record](const std::string& why) {
              const auto found = entries.find(record.id);
              if (found != entries.end() && record.ended && why.empty()) found->second.is_saved_ended = true;
            });
}

void Sessions::Impl::beat() {
  redis.ask([this](RedisLink& link) { records(link).renew_self(); },
            [this](const std::string& why) {
              if (!why.empty()) return;
              for (const auto& [id, entry] : entries)
                if (entry.is_in_store && !entry.is_saved_ended) save(id);
            });
}

void Sessions::Impl::look_after() {
  const auto now = std::chrono::steady_clock::now();
  for (auto at = entries.begin(); at != entries.end();) {
    const Entry& entry = at->second;
    if (!entry.session->is_over() && now >= entry.session->idle_end()) entry.session->end("idle");
    if (entry.is_saved_ended && entry.session->is_silent())
      at = entries.erase(at);
    else
      ++at;
  }
}

void Sessions::find(const std::string& id, OnFound done) {
  if (const auto own = impl_->entries.find(id); own != impl_->entries.end() && own->second.is_in_store) {
    const SessionRecord record = own->second.session->record();
    if (!record.ended) return done({}, record);
  }
  auto found = std::make_shared<std::optional<SessionRecord>>();
  impl_->redis.ask([this, id, found](RedisLink& link) { *found = impl_->records(link).load(id); },
                   [found, done = std::move(done)](const std::string& fault) { done(fault, *found); });
}

void Sessions::list(const std::string& owner, OnListed done) {
  auto found = std::make_shared<std::vector<SessionRecord>>();
  impl_->redis.ask([this, owner, found](RedisLink& link) { *found = impl_->records(link).of_owner(owner); },
                   [found, done = std::move(done)](const std::string& fault) { done(fault, *found); });
}

bool Sessions::is_own(const SessionRecord& record) const {
  return record.server == impl_->self;
}

std::shared_ptr<Session> Sessions::running(const std::string& id) const {
  const auto found = impl_->entries.find(id);
  return found == impl_->entries.end() || found->second.session->is_over() ? nullptr : found->second.session;
}

void Sessions::drop_connection(const std::string& connection) {
  for (const auto& [id, entry] : impl_->entries) entry.session->drop_connection(connection);
}

void Sessions::stop(std::function<void()> done) {
  impl_->stopping = true;
  for (const auto& [id, entry] : impl_->entries) entry.session->end("server stopped");
  const auto give_up = std::chrono::steady_clock::now() + kStopPatience;
  impl_->stops = impl_->loop.every(kStopLook, [&impl = *impl_, give_up, done = std::move(done)] {
    const bool all_said = std::all_of(impl.entries.begin(), impl.entries.end(), [&](const auto& one) {
      return one.second.session->is_silent() && (one.second.is_saved_ended || !impl.redis.is_up());
    });
    if (!all_said && std::chrono::steady_clock::now() < give_up) return;
    const auto told = done;
    impl.stops = {};
    told();
  });
}

bool Sessions::redis_is_up() const {
  return impl_->redis.is_up();
}

std::size_t Sessions::count() const {
  return static_cast<std::size_t>(std::count_if(impl_->entries.begin(), impl_->entries.end(),
                                                [](const auto& one) { return !one.second.session->is_over(); }));
}

PushClient& Sessions::pushes() {
  return impl_->pushes;
}

}  // namespace wsdeep::lab
