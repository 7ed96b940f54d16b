#pragma once

#include <deque>
#include <string>

#include "local/lambda/service.h"
#include "net/event_loop.h"

namespace wsdeep::local {

/// Tells the function of `$disconnect` which connections have ended. API Gateway promises its best effort only; here a
/// thousand that end at once wait for their turn instead of being refused, and one whose telling failed is told again.
class Disconnects {
 public:
  /// `function` may be empty: then nobody wants to know.
  Disconnects(net::EventLoop& loop, LambdaService& lambda, std::string function)
      : loop_(loop), lambda_(lambda), function_(std::move(function)) {}
  Disconnects(const Disconnects&) = delete;
  Disconnects& operator=(const Disconnects&) = delete;

  /// `event`: the encoded DISCONNECT event.
  void tell(std::string event);
  /// Nothing is left to tell.
  bool idle() const { return waiting_.empty() && under_way_ == 0; }

 private:
  struct Telling {
    std::string event;
    int failures = 0;
  };

  void pump();
  void on_told(Telling telling, const InvokeResult& result);

  net::EventLoop& loop_;
  LambdaService& lambda_;
  std::string function_;
  std::deque<Telling> waiting_;
  int under_way_ = 0;
  net::EventLoop::Subscription pause_;  ///< while the function is throttled, or has just failed
};

}  // namespace wsdeep::local
