#include "local/node_process.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/url.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::milliseconds kLongestWait{5000};
constexpr std::size_t kMaxWords = 2000;

}  // namespace

NodeProcess::NodeProcess(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {
  start();
}

pid_t NodeProcess::pid() const {
  return process_ != nullptr && process_->running() ? process_->pid() : 0;
}

void NodeProcess::start() {
  line_.clear();
  last_words_.clear();
  net::ProcessOptions child;
  child.program = options_.program;
  child.arguments = options_.command;
  child.arguments.insert(child.arguments.end(), {"--listen", listen_});
  child.arguments.insert(child.arguments.end(), options_.arguments.begin(), options_.arguments.end());
  child.environment = options_.environment;
  child.on_stdout = [this](std::string_view text) { on_stdout(text); };
  child.on_stderr = [this](std::string_view text) {
    note(text);
    options_.log(text);
  };
  child.on_exit = [this](int code) { on_exit(code); };
  process_ = std::make_unique<net::Process>(loop_, std::move(child));
}

/// The last of what it says before it listens: that is why it does not, in however many pieces it comes.
void NodeProcess::note(std::string_view text) {
  if (listened_) return;
  last_words_ += text;
  if (last_words_.size() <= kMaxWords) return;
  last_words_.erase(0, last_words_.size() - kMaxWords);
  last_words_.erase(0, last_words_.find('\n') + 1);  // a line that has lost its beginning; without one, nothing
}

void NodeProcess::on_stdout(std::string_view text) {
  if (line_.ends_with('\n')) return;
  line_ += text.substr(0, kMaxWords);
  const std::size_t end = line_.find('\n');
  if (end == std::string::npos) return;
  const std::string url = line_.substr(0, end);
  line_ = url + "\n";
  listen_ = parse_url(url).authority();
  listened_ = true;
  wait_ = std::chrono::milliseconds(100);
  options_.ready(url);
}

void NodeProcess::on_exit(int code) {
  if (!listened_) return options_.failed(fmt::format("{} ended ({}): {}", options_.what, code, trim(last_words_)));
  log_warn(options_.what + " ended and is started again", {{"code", code}});
  restart_ = loop_.after(wait_, [this] { start(); });
  wait_ = std::min(wait_ * 2, kLongestWait);
}

}  // namespace wsdeep::local
