#include "local/lambda/service.h"

#include <fmt/format.h>

#include <filesystem>
#include <list>
#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "local/lambda/instance.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kMaxQueued = 1000;
constexpr std::size_t kMaxAsyncPayloadBytes = 1024 * 1024;
constexpr int kAsyncAttempts = 3;
constexpr std::chrono::seconds kFirstThrottleWait{1};
constexpr std::chrono::seconds kLongestThrottleWait{300};
constexpr std::chrono::hours kLongestInQueue{6};
constexpr std::string_view kInvokePrefix = "/2015-03-31/functions/";
constexpr std::string_view kInvokeSuffix = "/invocations";

net::HttpResponse service_error(int status, std::string_view type, std::string_view message) {
  return {status,
          {{"Content-Type", "application/json"}, {"x-amzn-ErrorType", std::string(type)}},
          fmt::format(R"({{"Type":"User","message":"{}"}})", json_escape(message))};
}

/// A function's name from what the Invoke API accepts for it: a name, an ARN, or either with a qualifier.
std::string function_name(std::string_view text) {
  const std::string decoded = percent_decode(text).value_or("");
  const auto parts = split(decoded, ':');
  if (parts.size() >= 7 && parts[0] == "arn") return std::string(parts[6]);
  return std::string(parts[0]);
}

}  // namespace

/// One function: the queue in front of its processes.
class LambdaService::Function {
 public:
  Function(LambdaService& service, FunctionSpec spec) : service_(service), spec_(std::move(spec)) {
    arn_ = fmt::format("arn:aws:lambda:{}:000000000000:function:{}", service.region_, spec_.name);
  }

  void invoke(Pending pending) {
    if (queue_.size() >= kMaxQueued) return fail_soon(std::move(pending.done));
    queue_.push_back(std::move(pending));
    dispatch();
  }

  FunctionStatus status() const {
    FunctionStatus status = counts_;
    status.name = spec_.name;
    status.queued = static_cast<int>(queue_.size());
    for (const auto& instance : instances_) {
      ++status.processes;
      status.running += instance->running();
    }
    return status;
  }

  std::chrono::milliseconds retry_wait(int attempt) const { return attempt * spec_.retry_wait; }

 private:
  void fail_soon(Done done) {
    ++counts_.throttled;
    service_.loop_.post([done = std::move(done)] {
      done({InvokeResult::Kind::kThrottled, {}, {"Rate Exceeded.", "TooManyRequestsException"}});
    });
  }

  void dispatch() {
    for (const auto& instance : instances_) {
      if (queue_.empty()) return;
      instance->wake();
    }
    if (!queue_.empty()) start_if_needed();
  }

  /// Starts a process when those that run have no room for all that waits. Room that nobody makes use of is looked at
  /// again: its process may hang.
  void start_if_needed() {
    int room = 0;
    int processes = 0;
    for (const auto& instance : instances_) {
      room += instance->room();
      if (!instance->retiring()) ++processes;
    }
    look_again_ = service_.loop_.after(kPollPatience, [this] {
      const auto self = std::move(look_again_);
      dispatch();
    });
    if (room >= static_cast<int>(queue_.size()) || processes >= spec_.max_processes) return;
    try {
      start();
    } catch (const Error& error) {
      fail_queue({error.what(), "Runtime.InvalidEntrypoint"});
    }
  }

  void start() {
    const auto place = instances_.emplace(instances_.end());
    Instance::Events events;
    events.take = [this] { return take(); };
    events.log = [this](std::string_view lines) { service_.on_log_(spec_.name, lines); };
    events.answered = [this](const InvokeResult& result) { count(result); };
    events.ended = [this, place](bool served, const wire::FunctionError& reason) { ended(place, served, reason); };
    try {
      *place = std::make_unique<Instance>(service_.loop_, service_.clock_, spec_, arn_, std::move(events));
    } catch (...) {
      instances_.erase(place);
      throw;
    }
  }

  void count(const InvokeResult& result) {
    if (result.kind == InvokeResult::Kind::kAnswer) return;
    const bool refused = result.kind == InvokeResult::Kind::kFunctionError && !spec_.refusal.empty() &&
                         result.error.message == spec_.refusal;
    ++(refused ? counts_.refusals : counts_.errors);
  }

  std::optional<Pending> take() {
    if (queue_.empty()) return std::nullopt;
    std::optional<Pending> first = std::move(queue_.front());
    queue_.pop_front();
    ++counts_.invocations;
    return first;
  }

  using Instances = std::list<std::unique_ptr<Instance>>;

  void ended(Instances::iterator place, bool served, const wire::FunctionError& reason) {
    log_warn("a handler process ended", {{"function", spec_.name}, {"reason", reason.message}});
    // The instance is calling us: it goes when it has returned.
    service_.loop_.post([gone = std::shared_ptr<Instance>(std::move(*place))] {});
    instances_.erase(place);
    // A process that cannot even start would be started for ever: whoever waits is told instead.
    if (!served && instances_.empty()) return fail_queue(reason);
    if (!queue_.empty()) start_if_needed();
  }

  void fail_queue(const wire::FunctionError& reason) {
    for (std::deque<Pending> failed = std::exchange(queue_, {}); Pending & pending : failed) {
      ++counts_.errors;
      service_.loop_.post([done = std::move(pending.done), reason] {
        done({InvokeResult::Kind::kCrashed, {}, reason});
      });
    }
  }

  LambdaService& service_;
  FunctionSpec spec_;
  std::string arn_;
  std::deque<Pending> queue_;
  Instances instances_;
  FunctionStatus counts_;
  net::EventLoop::Subscription look_again_;
};

/// An asynchronous invocation, from when it was taken to its last attempt.
struct LambdaService::AsyncEvent {
  std::string function;
  std::string payload;
  std::string request_id;
  SteadyTime taken_at;
  int attempts = 0;
  std::chrono::milliseconds throttle_wait = kFirstThrottleWait;
};

LambdaService::LambdaService(net::EventLoop& loop, const Clock& clock, std::string region,
                             std::function<void(const std::string&, std::string_view)> on_log)
    : loop_(loop), clock_(clock), region_(std::move(region)), on_log_(std::move(on_log)) {}

LambdaService::~LambdaService() = default;

void LambdaService::add(FunctionSpec spec) {
  if (!std::filesystem::exists(spec.program))
    throw Error(ErrorKind::kFailure, fmt::format("cannot find the handler binary {}", spec.program),
                "build it with: cmake --build --preset release");
  std::string name = spec.name;
  functions_.emplace(std::move(name), std::make_unique<Function>(*this, std::move(spec)));
}

void LambdaService::invoke(const std::string& function, std::string payload, std::shared_ptr<StreamTarget> target,
                           Done done) {
  invoke_as(random_uuid(), function, std::move(payload), std::move(target), std::move(done));
}

void LambdaService::invoke_as(const std::string& request_id, const std::string& function, std::string payload,
                              std::shared_ptr<StreamTarget> target, Done done) {
  const auto found = functions_.find(function);
  if (found != functions_.end())
    return found->second->invoke({request_id, std::move(payload), std::move(target), std::move(done)});
  loop_.post([done = std::move(done), function] {
    done({InvokeResult::Kind::kNoSuchFunction, {}, {"Function not found: " + function, "ResourceNotFoundException"}});
  });
}

std::string LambdaService::invoke_async(const std::string& function, std::string payload) {
  const auto event = std::make_shared<AsyncEvent>();
  *event = {function, std::move(payload), random_uuid(), clock_.steady_now()};
  attempt(event);
  return event->request_id;
}

void LambdaService::attempt(const std::shared_ptr<AsyncEvent>& event) {
  invoke_as(event->request_id, event->function, event->payload, nullptr,
            [this, event](const InvokeResult& result) { on_attempt(event, result); });
}

void LambdaService::on_attempt(const std::shared_ptr<AsyncEvent>& event, const InvokeResult& result) {
  using Kind = InvokeResult::Kind;
  if (result.kind == Kind::kAnswer) return;
  const bool throttled = result.kind == Kind::kThrottled;
  if (!throttled) ++event->attempts;
  log_warn("an asynchronous invocation failed", {{"function", event->function},
                                                 {"requestId", event->request_id},
                                                 {"attempt", event->attempts},
                                                 {"error", result.error.message}});
  if (event->attempts >= kAsyncAttempts || clock_.steady_now() - event->taken_at > kLongestInQueue) return;
  const auto found = functions_.find(event->function);
  if (found == functions_.end()) return;
  std::chrono::milliseconds wait = found->second->retry_wait(event->attempts);
  if (throttled) {
    wait = event->throttle_wait;
    event->throttle_wait = std::min<std::chrono::milliseconds>(2 * wait, kLongestThrottleWait);
  }
  const std::int64_t id = next_retry_++;
  retries_[id] = loop_.after(wait, [this, event, id] {
    const auto self = retries_.extract(id);
    attempt(event);
  });
}

void LambdaService::handle(const std::shared_ptr<net::HttpExchange>& exchange) {
  const net::HttpRequest& request = exchange->request();
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (request.method != "POST" || !path.starts_with(kInvokePrefix) || !path.ends_with(kInvokeSuffix))
    return exchange->respond(service_error(404, "ResourceNotFoundException", "no such path"));
  const std::string name =
      function_name(path.substr(kInvokePrefix.size(), path.size() - kInvokePrefix.size() - kInvokeSuffix.size()));
  if (!functions_.contains(name))
    return exchange->respond(service_error(404, "ResourceNotFoundException", "Function not found: " + name));
  const std::string type = net::header(request.headers, "X-Amz-Invocation-Type").value_or("RequestResponse");
  if (type == "DryRun") return exchange->respond({204, {}, ""});
  if (type == "Event") {
    if (request.body.size() > kMaxAsyncPayloadBytes)
      return exchange->respond(service_error(413, "RequestTooLargeException", "1048576 byte payload is too large"));
    return exchange->respond({202, {{"x-amzn-RequestId", invoke_async(name, request.body)}}, ""});
  }
  if (type != "RequestResponse")
    return exchange->respond(service_error(400, "InvalidParameterValueException", "no such invocation type"));
  invoke(name, request.body, [exchange](const InvokeResult& result) {
    net::Headers headers = {{"Content-Type", "application/json"}, {"X-Amz-Executed-Version", "$LATEST"}};
    if (result.kind == InvokeResult::Kind::kThrottled)
      return exchange->respond(service_error(429, "TooManyRequestsException", result.error.message));
    if (result.kind == InvokeResult::Kind::kAnswer) return exchange->respond({200, headers, result.payload});
    headers.emplace_back("X-Amz-Function-Error", "Unhandled");
    exchange->respond({200, headers, wire::encode(result.error)});
  });
}

std::vector<FunctionStatus> LambdaService::status() const {
  std::vector<FunctionStatus> all;
  for (const auto& [name, function] : functions_) all.push_back(function->status());
  return all;
}

}  // namespace wsdeep::local
