#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llm/client/target.h"
#include "load/drive/driver.h"
#include "load/drive/fleet_watch.h"
#include "load/plan/prompts.h"
#include "wire/llm.h"

namespace wsdeep::load {

struct LlmDriverOptions {
  std::vector<llm::ClientTarget> targets;  ///< at least one; a conversation stays with one of them
  GenerationParameters parameters{};       ///< a prompt's own max_tokens goes before
  std::string model{};
  std::vector<std::pair<std::string, std::string>> metadata{};
  std::chrono::milliseconds turn_timeout{600'000};
  std::size_t most_sessions = 10'000;
  FleetWatchOptions watch{};  ///< its nodes are asked what cancelled turns left, too; without any: `targets` are
};

/// Sends turns to nodes, or to the balancer before them, by gRPC. A conversation sends its history and its balancer's
/// cookie with each turn. The first answer counts: what was refused is not asked again, as Lambda handlers would, and
/// leaves the conversation's history as it was.
class LlmDriver final : public Driver {
 public:
  /// All three outlive it.
  LlmDriver(LlmDriverOptions options, const PromptSource& prompts, const RunClock& clock, RecordSink& sink);
  ~LlmDriver() override;

  void prepare(const std::stop_token& stop) override;
  void begin(const Arrival& arrival) override;
  void finish(std::chrono::milliseconds patience, const std::stop_token& stop) override;
  std::size_t in_flight() const override;
  DriverNow now() const override;
  std::vector<OpenTurn> open_turns() const override;
  std::vector<Post> loops() override;
  DriverFigures figures(const Window& measured) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load
