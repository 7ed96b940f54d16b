#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "load/drive/clock_watch.h"
#include "load/drive/driver.h"
#include "load/drive/plane_count.h"
#include "load/measure/paired.h"
#include "load/plan/prompts.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// One question a conversation, drawn by the arrival's place in the schedule: so both planes ask the same, whichever
/// conversations they have.
class PairPrompts final : public PromptSource {
 public:
  explicit PairPrompts(std::shared_ptr<const PromptSource> prompts) : prompts_(std::move(prompts)) {}
  Prompt prompt(const Arrival& arrival, std::uint64_t, int) const override {
    return prompts_->prompt(arrival, arrival.index, 0);
  }
  int turns(std::uint64_t) const override { return 1; }

 private:
  std::shared_ptr<const PromptSource> prompts_;
};

/// Each arrival on both planes, at once: which of them goes first is drawn from the seed and its place in the
/// schedule. The turns of chat are the run's; those of gRPC are told of in the pairs.
class PairedDriver final : public Driver {
 public:
  /// How to make the driver of a plane, whose records go to the sink.
  using Make = std::function<std::unique_ptr<Driver>(RecordSink& sink)>;

  PairedDriver(const Make& make_chat, const Make& make_llm, const std::vector<llm::ClientTarget>& nodes,
               std::uint64_t seed, const RunClock& clock, RecordSink& sink);

  void prepare(const std::stop_token& stop) override;
  void begin(const Arrival& arrival) override;
  void finish(std::chrono::milliseconds patience, const std::stop_token& stop) override;
  std::size_t in_flight() const override;
  DriverNow now() const override;
  std::vector<OpenTurn> open_turns() const override { return chat_->open_turns(); }
  std::vector<Post> loops() override;
  DriverFigures figures(const Window& measured) const override;

 private:
  /// Notes what one plane's turns came to, and passes on the records of the plane that is the run's.
  class Tap final : public RecordSink {
   public:
    Tap(PairedDriver& driver, PairHalf Pair::*half, RecordSink* next) : driver_(driver), half_(half), next_(next) {}
    PlaneNow now() const;
    void on_turn(TurnRecord record) override;
    void on_connection(const ConnectionRecord& record) override;

   private:
    PairedDriver& driver_;
    PairHalf Pair::*half_;
    RecordSink* next_;
    PlaneCount count_;
  };

  void note(const TurnRecord& record, PairHalf Pair::*half, PlaneCount& count);
  bool chat_goes_first(std::uint64_t index) const;

  const std::uint64_t seed_;
  const RunClock& clock_;
  mutable std::mutex mutex_;
  std::vector<Pair> pairs_;  ///< by index
  const std::vector<llm::ClientTarget> nodes_;
  std::optional<ClockWatch> clocks_;
  Tap chat_tap_;
  Tap llm_tap_;
  std::unique_ptr<Driver> chat_;
  std::unique_ptr<Driver> llm_;
};

}  // namespace wsdeep::load
