#include "llm/client/follow_health.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "grpc/health/v1/health.pb.h"
#include "llm/client/peer_call.h"

namespace wsdeep::llm {
namespace {

constexpr const char* kWatchMethod = "/grpc.health.v1.Health/Watch";

std::string name_of(const grpc::health::v1::HealthCheckResponse& response) {
  const std::string name = grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
  return name.empty() ? "UNKNOWN" : name;
}

/// The node's state between two questions, by the stream of grpc.health.v1, as long as there is one.
class Follower {
 public:
  Follower(const FollowedNode& node, const std::stop_token& stop) : node_(node), stop_(stop) {}

  NodeView ask() {
    NodeView view = node_.ask();
    if (!view.health) stream_.reset();  // what it said no longer holds
    view.serving = stream_ ? serving_ : "";
    return view;
  }

  /// Waits until that time, or less when the node says something new.
  void wait(Deadline until, bool is_there) {
    if (!stream_ && is_there && knows_watch_) begin();
    if (!stream_) return rest(until);
    switch (stream_->next(until)) {
      case PeerCall::Event::kMessage:
        return take();
      case PeerCall::Event::kEnded:
        knows_watch_ = stream_->status().error_code() != grpc::StatusCode::UNIMPLEMENTED;
        stream_.reset();
        return rest(std::min(until, std::chrono::system_clock::now() + kPause));
      case PeerCall::Event::kNothing:
        return;
    }
  }

 private:
  static constexpr std::chrono::milliseconds kPause{100};  // a stream that ends at once is not begun again and again

  void begin() {
    serving_.clear();
    stream_.emplace(node_.channel(), kWatchMethod, Deadline::max(), stop_);
    stream_->send(grpc::health::v1::HealthCheckRequest());
  }

  void take() {
    grpc::health::v1::HealthCheckResponse response;
    if (stream_->read(response)) serving_ = name_of(response);
  }

  void rest(Deadline until) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop_, until, [] { return false; });
  }

  const FollowedNode& node_;
  const std::stop_token& stop_;
  std::optional<PeerCall> stream_;
  std::string serving_;
  bool knows_watch_ = true;
};

}  // namespace

void follow_health(const FollowedNode& node, std::chrono::milliseconds interval, const std::stop_token& stop,
                   const std::function<void(const NodeView&)>& on_view) {
  Follower follower(node, stop);
  while (!stop.stop_requested()) {
    const NodeView view = follower.ask();
    if (stop.stop_requested()) return;
    on_view(view);
    follower.wait(std::chrono::system_clock::now() + interval, view.health.has_value());
  }
}

}  // namespace wsdeep::llm
