#include "load/drive/fleet_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "llm/client/client.h"
#include "llm/engine/exposition.h"
#include "load/drive/page_names.h"
#include "load/measure/figure_fold.h"
#include "net/http_client.h"

namespace wsdeep::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kHealthInterval{1};
constexpr seconds kPageInterval{5};
constexpr milliseconds kHealthPatience{1000};
constexpr milliseconds kPagePatience{1000};
constexpr seconds kFirstPatience{10};
constexpr std::size_t kMostPageBytes = 4 << 20;
constexpr int kOk = 200;
constexpr int kNoPage = 404;  ///< of a node whose engine has none

std::optional<llm::SampleKind> wanted(std::string_view name) {
  const auto known = page_name(name);
  if (!known) return std::nullopt;
  return known->is_share ? llm::SampleKind::kShare : llm::SampleKind::kCount;
}

void take_page(std::string_view page, FigureFold& fold) {
  for (const auto& [name, value] : llm::read_values(page, wanted))
    if (value) fold.take(name, page_name(name)->counts_up, *value);
}

void take_health(const llm::NodeHealth& health, FigureFold& fold) {
  if (health.is_status_alone()) return;
  fold.take("active", false, health.active);
  fold.take("queued", false, health.queued);
  if (health.load) fold.take("load", false, *health.load);
  if (health.kv_use) fold.take("kv_use", false, *health.kv_use);
  fold.take("completed", true, static_cast<double>(health.completed));
  fold.take("cancelled", true, static_cast<double>(health.cancelled));
  fold.take("failed", true, static_cast<double>(health.failed));
}

llm::ClientTarget ended_by(const std::stop_token& end, llm::ClientTarget target) {
  target.cancel = end;
  return target;
}

std::string engine_page_of(const std::string& url) {
  return url + (url.find('?') == std::string::npos ? "?engine=1" : "&engine=1");
}

}  // namespace

/// One address, read again and again.
class FleetWatch::Watched {
 public:
  Watched(std::string url, seconds interval, std::stop_token at_once)
      : at_once_(std::move(at_once)), interval_(interval) {
    figures_.url = std::move(url);
  }
  virtual ~Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  /// After one more reading.
  void begin_to_stop() { thread_.request_stop(); }
  void stop() {
    begin_to_stop();
    if (thread_.joinable()) thread_.join();
  }
  virtual std::vector<EngineFigures> figures() const { return {summed(figures_, fold_)}; }
  virtual std::optional<NodeNow> node() const { return std::nullopt; }

 protected:
  virtual void read() = 0;

  /// One reading, whose fault is kept and does not end the others.
  template <typename Read>
  void read_into(EngineFigures& figures, const Read& once) {
    std::string fault;
    try {
      once();
    } catch (const Error& failed) {
      fault = failed.what();
    }
    if (at_once_.stop_requested()) return;  // it was ended by us
    const std::lock_guard lock(mutex_);
    ++figures.asked;
    last_failed_ = !fault.empty();
    if (!last_failed_) return;
    ++figures.failed;
    figures.fault = std::move(fault);
  }

  EngineFigures summed(const EngineFigures& figures, const FigureFold& fold) const {
    const std::lock_guard lock(mutex_);
    EngineFigures all = figures;
    all.figures = fold.figures();
    return all;
  }

  const std::stop_token at_once_;
  mutable std::mutex mutex_;
  EngineFigures figures_;
  FigureFold fold_;
  bool last_failed_ = false;  ///< the last reading brought nothing

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(waiting_);
    auto next = std::chrono::steady_clock::now() + interval_;
    while (!due_.wait_until(lock, stop, next, [&stop] { return stop.stop_requested(); })) {
      next += interval_;
      read();
    }
    if (!at_once_.stop_requested()) read();  // how it ended
  }

  const seconds interval_;
  std::mutex waiting_;
  std::condition_variable_any due_;
  std::jthread thread_;
};

class FleetWatch::WatchedNode final : public Watched {
 public:
  WatchedNode(llm::ClientTarget target, const std::stop_token& at_once)
      : Watched(target.url, kHealthInterval, at_once), client_(ended_by(at_once, std::move(target))) {
    take(client_.health(kFirstPatience));
    figures_.asked = 1;
  }
  ~WatchedNode() override { stop(); }

  std::optional<NodeNow> node() const override {
    const std::lock_guard lock(mutex_);
    return NodeNow{.name = figures_.node, .draining = draining_, .answers = !last_failed_};
  }

 private:
  void read() override {
    read_into(figures_, [this] { take(client_.poll(kHealthPatience)); });
  }

  void take(const llm::NodeHealth& health) {
    const std::lock_guard lock(mutex_);
    figures_.node = health.node_id;
    figures_.engine = health.engine;
    figures_.version = health.version;
    draining_ = health.draining;
    if (draining_) ++figures_.drain_seen;
    take_health(health, fold_);
  }

  bool draining_ = false;
  llm::Client client_;
};

class FleetWatch::WatchedPage final : public Watched {
 public:
  WatchedPage(const std::string& url, const std::stop_token& at_once) : Watched(url, kPageInterval, at_once) {
    engine_.url = engine_page_of(url);
    const std::string page = page_at(url, kFirstPatience);
    take(page, fold_);
    figures_.asked = 1;
    // A node whose engine has no page says so now.
    has_engine_ = is_node_page(page) && fetch(engine_.url, kFirstPatience).status != kNoPage;
    if (has_engine_) read_engine();
  }
  ~WatchedPage() override { stop(); }

  std::vector<EngineFigures> figures() const override {
    std::vector<EngineFigures> all = Watched::figures();
    if (has_engine_) all.push_back(summed(engine_, engine_fold_));
    return all;
  }

 private:
  void read() override {
    read_into(figures_, [this] { take(page_at(figures_.url, kPagePatience), fold_); });
    if (has_engine_) read_engine();
  }

  void read_engine() {
    read_into(engine_, [this] { take(page_at(engine_.url, kPagePatience), engine_fold_); });
  }

  net::HttpResponse fetch(const std::string& url, milliseconds patience) {
    net::HttpCall call;
    call.url = url;
    call.timeout = call.connect_timeout = patience;
    call.max_response_bytes = kMostPageBytes;
    call.cancel = at_once_;
    return http_.send(call);
  }

  std::string page_at(const std::string& url, milliseconds patience) {
    net::HttpResponse answer = fetch(url, patience);
    if (answer.status != kOk)
      throw Error(ErrorKind::kFailure, fmt::format("cannot read {}: HTTP {}", url, answer.status));
    if (!llm::is_exposition(answer.body))
      throw Error(ErrorKind::kFailure, fmt::format("cannot read {}: it is no page of metrics", url),
                  "name a page in Prometheus's format, such as http://node:9100/metrics");
    return std::move(answer.body);
  }

  void take(const std::string& page, FigureFold& fold) {
    const std::lock_guard lock(mutex_);
    take_page(page, fold);
  }

  net::HttpClient http_;
  EngineFigures engine_;
  FigureFold engine_fold_;
  bool has_engine_ = false;
};

FleetWatch::FleetWatch(const FleetWatchOptions& options) {
  for (const llm::ClientTarget& node : options.nodes)
    watched_.push_back(std::make_unique<WatchedNode>(node, at_once_.get_token()));
  for (const std::string& page : options.pages)
    watched_.push_back(std::make_unique<WatchedPage>(page, at_once_.get_token()));
  for (const auto& one : watched_) one->start();
}

FleetWatch::~FleetWatch() = default;

void FleetWatch::stop(const std::stop_token& now) {
  const std::stop_callback hurry(now, [this] { at_once_.request_stop(); });
  for (const auto& one : watched_) one->begin_to_stop();
  for (const auto& one : watched_) one->stop();
}

std::vector<NodeNow> FleetWatch::nodes() const {
  std::vector<NodeNow> all;
  for (const auto& one : watched_)
    if (auto node = one->node()) all.push_back(std::move(*node));
  return all;
}

std::vector<EngineFigures> FleetWatch::figures() const {
  std::vector<EngineFigures> all;
  for (const auto& one : watched_)
    for (EngineFigures& figures : one->figures()) all.push_back(std::move(figures));
  return all;
}

}  // namespace wsdeep::load
