#include "llm/node/health_service.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "llm/completion.h"

namespace wsdeep::llm {
namespace {

using Request = grpc::health::v1::HealthCheckRequest;
using Response = grpc::health::v1::HealthCheckResponse;

constexpr std::string_view kServiceName = "llm.LLMService";

bool is_known(const std::string& name) {
  return name.empty() || name == kServiceName;
}

template <typename Call>
void wait_for(HealthService& health, CallSource& source) {
  auto call = std::make_unique<Call>(health, source);
  if (source.ask([&] { call->request(); })) static_cast<void>(call.release());  // it deletes itself
}

class CheckCall {
 public:
  CheckCall(HealthService& health, CallSource& source) : health_(health), source_(source) {}

  void request() {
    health_.service.RequestCheck(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(), &arrived_);
  }

 private:
  void on_arrival(bool ok) {
    if (!ok) {
      delete this;
      return;
    }
    wait_for<CheckCall>(health_, source_);
    Response response;
    response.set_status(health_.status());
    if (is_known(request_.service()))
      writer_.Finish(response, grpc::Status::OK, &ended_);
    else
      writer_.FinishWithError({grpc::StatusCode::NOT_FOUND, "unknown service"}, &ended_);
  }

  HealthService& health_;
  CallSource& source_;
  CallSource::Membership membership_{source_};
  grpc::ServerContext context_;
  Request request_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&context_};
  Completion arrived_{[this](bool ok) { on_arrival(ok); }};
  Completion ended_{[this](bool) { delete this; }};
};

}  // namespace

/// Writes each status that its client has not heard yet, one at a time: of those that came meanwhile, the last. All of
/// it with the service's lock held; it deletes itself when it has finished and none of its operations is under way.
class WatchCall {
 public:
  WatchCall(HealthService& health, CallSource& source) : health_(health), source_(source) {
    context_.AsyncNotifyWhenDone(&gone_);
  }

  void request() {
    health_.service.RequestWatch(&context_, &request_, &writer_, source_.queue.get(), source_.queue.get(), &arrived_);
  }

  void advance();

 private:
  void on_arrival(bool ok);
  void end_operation(const std::function<void()>& react);
  HealthService::Status status() const;
  void* begin(Completion& completion) {
    ++operations_;
    return &completion;
  }

  HealthService& health_;
  CallSource& source_;
  CallSource::Membership membership_{source_};
  grpc::ServerContext context_;
  Request request_;
  grpc::ServerAsyncWriter<Response> writer_{&context_};
  Response told_;  ///< UNKNOWN: nothing yet
  bool writing_ = false;
  bool over_ = false;      ///< for the client
  bool finished_ = false;  ///< gRPC has been told
  int operations_ = 2;     ///< under way; at first the arrival and `gone_`
  Completion arrived_{[this](bool ok) { on_arrival(ok); }};
  Completion gone_{[this](bool) { end_operation([this] { over_ = true; }); }};
  Completion written_{[this](bool ok) {
    end_operation([this, ok] {
      writing_ = false;
      over_ = over_ || !ok;
    });
  }};
  Completion ended_{[this](bool) { end_operation([] {}); }};
};

/// `gone_` does not come when the server shuts down before a call did.
void WatchCall::on_arrival(bool ok) {
  if (!ok) {
    delete this;
    return;
  }
  wait_for<WatchCall>(health_, source_);
  end_operation([this] { health_.watches_.insert(this); });
}

void WatchCall::end_operation(const std::function<void()>& react) {
  {
    const std::lock_guard lock(health_.mutex_);
    react();
    advance();
    if (--operations_ > 0 || !finished_) return;
    health_.watches_.erase(this);
  }
  delete this;
}

HealthService::Status WatchCall::status() const {
  if (!is_known(request_.service())) return Response::SERVICE_UNKNOWN;
  return health_.serving_ ? Response::SERVING : Response::NOT_SERVING;
}

void WatchCall::advance() {
  if (writing_ || finished_) return;
  if (!over_ && told_.status() != status()) {
    told_.set_status(status());
    writing_ = true;
    writer_.Write(told_, begin(written_));
  } else if (over_ || health_.closed_) {
    finished_ = true;
    writer_.Finish({grpc::StatusCode::UNAVAILABLE, "the node is draining"}, begin(ended_));
  }
}

void HealthService::wait_for_calls(CallSource& source) {
  wait_for<CheckCall>(*this, source);
  wait_for<WatchCall>(*this, source);
}

void HealthService::publish(bool serving) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(serving_, serving) == serving) return;
  for (WatchCall* watch : watches_) watch->advance();
}

void HealthService::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (WatchCall* watch : watches_) watch->advance();
}

HealthService::Status HealthService::status() {
  const std::lock_guard lock(mutex_);
  return serving_ ? Response::SERVING : Response::NOT_SERVING;
}

}  // namespace wsdeep::llm
