#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "local/lambda/service.h"
#include "net/process.h"
#include "net/server.h"

namespace wsdeep::local {

/// An invocation that waits for, or runs in, a process.
struct LambdaService::Pending {
  std::string request_id;
  std::string payload;
  Done done;
};

/// One process of a function, with the Runtime API that it takes its work from.
class LambdaService::Instance {
 public:
  struct Events {
    /// The process asks for work; nothing when there is none now.
    std::function<std::optional<Pending>()> take;
    std::function<void(std::string_view)> log;
    /// The process has ended and its invocations have been answered; `served` tells whether it ever asked for work,
    /// `reason` says how it ended. The instance may be destroyed from a later turn of the loop.
    std::function<void(bool served, const wire::FunctionError& reason)> ended;
    std::function<void(const InvokeResult&)> answered;
  };

  Instance(net::EventLoop& loop, const Clock& clock, const FunctionSpec& spec, std::string arn, Events events);

  /// Offers work to a waiting `next`; false when no thread of the process waits.
  bool wake();
  int running() const { return static_cast<int>(running_.size()); }

 private:
  struct Running {
    Done done;
    net::EventLoop::Subscription timeout;
  };

  void on_request(std::shared_ptr<net::HttpExchange> exchange);
  void on_next(std::shared_ptr<net::HttpExchange> exchange);
  void on_result(net::HttpExchange& exchange, std::string_view id, bool is_error);
  void on_init_error(net::HttpExchange& exchange);
  void on_exit(int code);
  void on_timeout(const std::string& id);
  void deliver(Pending pending, net::HttpExchange& to);
  void finish(const std::string& id, InvokeResult result);

  net::EventLoop& loop_;
  const Clock& clock_;
  const FunctionSpec& spec_;
  std::string arn_;
  Events events_;
  bool served_ = false;
  wire::FunctionError init_error_;
  std::deque<std::shared_ptr<net::HttpExchange>> waiting_;
  std::map<std::string, Running, std::less<>> running_;
  std::unique_ptr<net::Server> runtime_api_;
  std::unique_ptr<net::Process> process_;
};

}  // namespace wsdeep::local
