#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "load/drive/loop_threads.h"
#include "net/process.h"

namespace wsdeep::load {

/// A simulated node of this very program, in a process of its own: what it costs is not ours, and stopping it stops
/// nothing else. It ends with this.
class SimNode {
 public:
  /// `settings` as those of `--sim`: `ttft=100ms`. Waits until it listens; throws Error{kFailure} with its last words
  /// when it does not.
  SimNode(const std::string& program, const Env& env, const std::vector<std::string>& settings);
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  /// `grpc://127.0.0.1:PORT`
  const std::string& url() const { return url_; }

 private:
  void on_stdout(std::string_view text);
  void tell(std::string url);

  std::promise<std::string> listens_;
  bool told_ = false;  ///< this and what follows: on the loop
  std::string line_;
  std::string last_words_;
  std::string url_;
  LoopThreads loops_{1};
  std::unique_ptr<net::Process> process_;
};

}  // namespace wsdeep::load
