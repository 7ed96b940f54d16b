#include "lab/push_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/url.h"
#include "net/http_streams.h"
#include "wire/backend_signature.h"

namespace wsdeep::lab {
namespace {

constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::milliseconds kLongestWait{2000};
constexpr std::string_view kPushPath = "/push/";

std::optional<Url> read_url(const std::string& text) {
  try {
    return parse_url(text);
  } catch (const Error&) {
    return std::nullopt;  // whoever asks says that it is none
  }
}

/// From `/push/` on, decoded: what the signature covers.
std::string signed_path(const std::string& url) {
  const std::string target = parse_url(url).target;
  const std::string path = target.substr(0, target.find('?'));
  return percent_decode(path.substr(path.find(kPushPath))).value_or(path);
}

PushOutcome outcome_of(int status) {
  if (status >= 200 && status < 300) return PushOutcome::kDelivered;
  if (status == 404 || status == 410) return PushOutcome::kGone;
  if (status == 429 || status >= 500) return PushOutcome::kFailed;
  return PushOutcome::kRefused;
}

struct Push {
  std::string url;
  std::string frame;
  std::function<void(PushOutcome)> done;
  SteadyTime give_up{};
  std::chrono::milliseconds wait = kFirstWait;
};

}  // namespace

struct PushClient::Impl : std::enable_shared_from_this<PushClient::Impl> {
  Impl(net::EventLoop& own, PushOptions given) : loop(own), options(std::move(given)) {}

  void attempt(std::uint64_t id);
  void ended(std::uint64_t id, int status, const std::string& cause);
  net::HttpCall call_of(const Push& push) const;

  net::EventLoop& loop;
  const PushOptions options;
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, Push> pushes;
  std::map<std::uint64_t, net::EventLoop::Subscription> timers;
  std::unique_ptr<net::HttpStreams> streams = std::make_unique<net::HttpStreams>();
};

PushClient::PushClient(net::EventLoop& loop, PushOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

PushClient::~PushClient() {
  impl_->timers.clear();
  impl_->pushes.clear();
  impl_->streams.reset();
}

bool PushClient::allows(const std::string& url, std::string_view connection) const {
  const auto read = read_url(url);
  if (!read || (read->scheme != "https" && read->scheme != "http")) return false;
  const std::string path = read->target.substr(0, read->target.find('?'));
  if (path.find(kPushPath) == std::string::npos) return false;
  if (signed_path(url) != fmt::format("{}{}", kPushPath, connection)) return false;
  const auto& origins = impl_->options.origins;
  return origins.empty() || std::any_of(origins.begin(), origins.end(), [&](const std::string& origin) {
           const auto allowed = read_url(origin);
           return allowed && allowed->scheme == read->scheme && allowed->authority() == read->authority();
         });
}

void PushClient::push(const std::string& url, std::string frame, std::function<void(PushOutcome)> done) {
  const std::uint64_t id = ++impl_->last_id;
  impl_->pushes.emplace(
      id, Push{url, std::move(frame), std::move(done), std::chrono::steady_clock::now() + impl_->options.patience});
  impl_->attempt(id);
}

net::HttpCall PushClient::Impl::call_of(const Push& push) const {
  net::HttpCall call;
  call.method = "POST";
  call.url = push.url;
  call.body = push.frame;
  call.headers = {{"Content-Type", "application/json"}};
  call.connect_timeout = options.timeout;
  call.timeout = options.timeout;
  call.max_response_bytes = 64 * 1024;
  call.ca_file = options.ca_file;
  if (!options.secret) return call;
  const std::string time = std::to_string(epoch_seconds(std::chrono::system_clock::now()));
  call.headers.emplace_back(wire::kTimestampHeader, time);
  call.headers.emplace_back(
      wire::kSignatureHeader,
      wire::backend_signature(options.secret(), {"POST", signed_path(push.url), push.frame}, time));
  return call;
}

void PushClient::Impl::attempt(std::uint64_t id) {
  const auto found = pushes.find(id);
  if (found == pushes.end()) return;
  streams->start(call_of(found->second), [weak = weak_from_this(), id, &own = loop](const net::HttpResponse& response,
                                                                                    const net::TransportError* error) {
    const int status = error == nullptr ? response.status : 0;
    own.post([weak, id, status, cause = std::string(error == nullptr ? "" : error->what())] {
      if (const auto self = weak.lock()) self->ended(id, status, cause);
    });
  });
}

void PushClient::Impl::ended(std::uint64_t id, int status, const std::string& cause) {
  const auto found = pushes.find(id);
  if (found == pushes.end()) return;
  Push& push = found->second;
  const PushOutcome outcome = status == 0 ? PushOutcome::kFailed : outcome_of(status);
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(push.wait * (0.5 + random_unit() / 2));
  if (outcome == PushOutcome::kFailed && std::chrono::steady_clock::now() + wait < push.give_up) {
    push.wait = std::min(push.wait * 2, kLongestWait);
    timers[id] = loop.after(wait, [this, id] {
      timers.erase(id);
      attempt(id);
    });
    return;
  }
  if (outcome == PushOutcome::kFailed || outcome == PushOutcome::kRefused)
    log_warn("a push failed", {{"status", status}, {"cause", cause}});
  const auto done = std::move(push.done);
  pushes.erase(found);
  done(outcome);
}

}  // namespace wsdeep::lab
