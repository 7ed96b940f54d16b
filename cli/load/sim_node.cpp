#include "load/sim_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::load {
namespace {

constexpr std::chrono::seconds kPatienceWithNode{10};
constexpr std::size_t kMostWords = 2000;

}  // namespace

SimNode::SimNode(const std::string& program, const Env& env, const std::vector<std::string>& settings) {
  net::ProcessOptions child;
  child.program = program;
  child.arguments = {"llm", "serve", "--listen", "127.0.0.1:0"};
  for (const std::string& setting : settings) child.arguments.insert(child.arguments.end(), {"--sim", setting});
  child.environment = env.without_secrets().all();
  child.on_stdout = [this](std::string_view text) { on_stdout(text); };
  child.on_stderr = [this](std::string_view text) { last_words_ = std::string(text.substr(0, kMostWords)); };
  child.on_exit = [this](int) { tell(""); };
  auto listening = listens_.get_future();
  loops_.run_on(0, [&] { process_ = std::make_unique<net::Process>(loops_.loop(0), std::move(child)); });
  if (listening.wait_for(kPatienceWithNode) == std::future_status::ready) url_ = listening.get();
  if (!url_.empty()) return;
  std::string words;
  loops_.run_on(0, [&] { process_.reset(), words = last_words_; });
  throw Error(ErrorKind::kFailure, fmt::format("the simulated node does not listen: {}", trim(words)));
}

SimNode::~SimNode() {
  loops_.run_on(0, [this] { process_.reset(); });
}

void SimNode::on_stdout(std::string_view text) {
  line_ += text.substr(0, kMostWords);
  if (const std::size_t end = line_.find('\n'); end != std::string::npos) tell(line_.substr(0, end));
  line_.resize(std::min(line_.size(), kMostWords));
}

/// The first time only.
void SimNode::tell(std::string url) {
  if (!std::exchange(told_, true)) listens_.set_value(std::move(url));
}

}  // namespace wsdeep::load
