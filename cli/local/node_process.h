#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.h"
#include "net/process.h"

namespace wsdeep::local {

/// A server of the local system, such as the LLM node, `wsdeep llm serve`: a child process that tells its URL in the
/// first line that it writes, and is started again, on the same port, when it ends.
class NodeProcess {
 public:
  struct Options {
    std::string program;                               ///< `wsdeep` itself
    std::vector<std::string> command{"llm", "serve"};  ///< before `--listen …`
    std::vector<std::string> arguments;                ///< after it
    std::string what = "the LLM node";                 ///< for a person
    std::map<std::string, std::string, std::less<>> environment;
    std::function<void(std::string_view)> log;      ///< what it writes to stderr
    std::function<void(std::string url)> ready;     ///< each time it listens
    std::function<void(std::string cause)> failed;  ///< it ended before it ever listened
  };
  NodeProcess(net::EventLoop& loop, Options options);

  /// The node's process; 0 between two of them.
  pid_t pid() const;

 private:
  void start();
  void note(std::string_view text);
  void on_stdout(std::string_view text);
  void on_exit(int code);

  net::EventLoop& loop_;
  Options options_;
  std::string listen_ = "127.0.0.1:0";
  std::string line_;
  std::string last_words_;
  bool listened_ = false;
  std::chrono::milliseconds wait_{100};
  net::EventLoop::Subscription restart_;
  std::unique_ptr<net::Process> process_;
};

}  // namespace wsdeep::local
