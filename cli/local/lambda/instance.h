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

/// How long a process that has just taken an invocation may take to ask for the next one.
inline constexpr std::chrono::seconds kPollPatience{1};

/// An invocation that waits for, or runs in, a process. Its id stays the same over the retries of an asynchronous one.
struct LambdaService::Pending {
  std::string request_id;
  std::string payload;
  std::shared_ptr<StreamTarget> target;  ///< or null
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
  /// How many invocations more it can be trusted to take: none when nothing in it asks for work, be it that it hangs,
  /// or that its threads are at something else.
  int room() const;
  /// It let an invocation time out: it gets no more work, and ends when those that it has are answered.
  bool retiring() const { return retiring_; }

 private:
  struct Running {
    Done done;
    std::shared_ptr<StreamTarget> target;
    net::EventLoop::Subscription timeout;
  };

  void on_request(std::shared_ptr<net::HttpExchange> exchange);
  void on_next(std::shared_ptr<net::HttpExchange> exchange);
  void on_result(net::HttpExchange& exchange, std::string_view id, bool is_error);
  void on_stream(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& id);
  void begin_target(StreamTarget& target, const std::shared_ptr<net::HttpExchange>& exchange, const std::string& id);
  void refuse_large(net::HttpExchange& exchange, const std::string& id);
  void on_stream_end(const std::string& id, std::string gathered, const net::Headers& all);
  void cut_stream(const std::string& id);
  void on_init_error(net::HttpExchange& exchange);
  void on_exit(int code);
  void on_timeout(const std::string& id);
  void on_never_served();
  void end_retired();
  void deliver(Pending pending, net::HttpExchange& to);
  void finish(const std::string& id, InvokeResult result);

  net::EventLoop& loop_;
  const Clock& clock_;
  const FunctionSpec& spec_;
  std::string arn_;
  Events events_;
  bool served_ = false;
  bool retiring_ = false;
  SteadyTime delivered_at_{};
  wire::FunctionError init_error_;
  net::EventLoop::Subscription init_timeout_;
  std::deque<std::shared_ptr<net::HttpExchange>> waiting_;
  std::map<std::string, Running, std::less<>> running_;
  std::map<std::string, std::shared_ptr<net::HttpExchange>, std::less<>>
      streams_;  ///< answers that are coming, by request id
  std::unique_ptr<net::Server> runtime_api_;
  std::unique_ptr<net::Process> process_;
};

}  // namespace wsdeep::local
