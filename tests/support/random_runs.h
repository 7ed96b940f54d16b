#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "load/measure/recorder_options.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// A run made up from a seed: whatever may come in a record comes.
struct RandomRun {
  RecorderOptions options;
  std::vector<TurnRecord> turns;
  std::optional<Micros> ended{};  ///< the schedule, before its time
  Micros now = 0;                 ///< the end of the run
};

class RandomRuns {
 public:
  explicit RandomRuns(std::uint64_t seed) : random_(seed) {}

  RandomRun make() {
    RandomRun run;
    run.options.begin = between(0, 5'000'000);
    for (Micros stage = between(1, 3); stage > 0; --stage) {
      const auto rate = static_cast<double>(between(1, 20));
      run.options.stages.push_back({std::to_string(stage), between(500'000, 9'000'000), rate, rate});
    }
    if (chance(70)) run.options.warm_up = between(0, 3'000'000);
    if (chance(50)) run.options.cool_down = between(0, 2'000'000);
    Micros length = 0;
    for (const Stage& stage : run.options.stages) length += stage.duration;
    if (chance(30)) run.ended = run.options.begin + between(length / 2, length);
    run.now = run.options.begin + length + between(0, 5'000'000);
    const Micros intended_end = run.ended ? *run.ended - run.options.begin : length;
    for (Micros left = between(0, 150); left > 0; --left) run.turns.push_back(make_turn(run, intended_end));
    // As the recorder gets them: when they end.
    std::ranges::stable_sort(run.turns, {},
                             [](const TurnRecord& turn) { return turn.end == kNever ? INT64_MAX : turn.end; });
    return run;
  }

 private:
  Micros between(Micros low, Micros high) { return std::uniform_int_distribution<Micros>(low, high)(random_); }
  bool chance(int percent) { return between(1, 100) <= percent; }

  TurnRecord make_turn(const RandomRun& run, Micros intended_end) {
    TurnRecord turn;
    const Micros at = between(0, std::max<Micros>(0, intended_end - 1));
    turn.intended = run.options.begin + at;
    turn.stage = stage_at(run.options.stages, at);
    turn.plane = chance(50) ? Plane::kChat : Plane::kLlm;
    turn.conversation = static_cast<std::uint64_t>(between(0, 20));
    turn.turn = static_cast<int>(between(0, 4));
    turn.node = std::vector<std::string>{"", "a", "b", "c"}[static_cast<std::size_t>(between(0, 3))];
    Micros clock = turn.intended + between(0, 30'000);
    if (chance(95)) turn.send = clock;
    if (turn.send != kNever) answer(turn, clock, run.now);
    end(turn, std::min(clock + between(0, 50'000), run.now));
    return turn;
  }

  static int stage_at(const std::vector<Stage>& stages, Micros at) {
    std::size_t stage = 0;
    while (stage + 1 < stages.size() && at >= stages[stage].duration) at -= stages[stage++].duration;
    return static_cast<int>(stage);
  }

  /// Whatever of an answer comes before the run ends.
  void answer(TurnRecord& turn, Micros& clock, Micros now) {
    if (turn.plane == Plane::kChat && chance(90) && clock < now) turn.ack = clock += between(0, 100'000);
    const bool counted = chance(70);
    const bool stalls = chance(10);
    for (Micros left = between(0, 20); left > 0; --left) {
      clock += stalls && chance(20) ? between(500'000, 4'000'000) : between(0, 200'000);
      if (clock > now) break;
      const auto tokens = static_cast<std::uint32_t>(counted ? between(1, 8) : 0);
      turn.pieces.push_back({clock, tokens, static_cast<std::uint32_t>(between(1, 40))});
      turn.output_tokens += counted ? tokens : 2;
    }
    if (turn.pieces.empty()) return;
    turn.first = turn.pieces.front().at;
    turn.last = turn.pieces.back().at;
    if (chance(80)) turn.answer = turn.pieces[turn.pieces.size() / 2].at;
    turn.counted_by = TokenCount::kUsage;
    if (chance(50)) turn.prompt_tokens = between(10, 4000);
    if (chance(50)) turn.queue_us = between(0, 100'000);
    if (counted && chance(30)) turn.token_offsets_us = offsets(static_cast<std::size_t>(turn.output_tokens));
  }

  std::vector<std::uint32_t> offsets(std::size_t tokens) {
    std::vector<std::uint32_t> offsets;
    std::uint32_t at = 0;
    for (; tokens > 0; --tokens) offsets.push_back(at += static_cast<std::uint32_t>(between(0, 50'000)));
    return offsets;
  }

  void end(TurnRecord& turn, Micros at) {
    if (turn.send == kNever || chance(10)) {
      turn.how = turn.send == kNever && chance(50) ? TurnEnd::kFailed : TurnEnd::kUnfinished;
    } else {
      const bool text = turn.first != kNever;
      turn.how = chance(70)   ? TurnEnd::kCompleted
                 : chance(30) ? TurnEnd::kCancelled
                 : text       ? TurnEnd::kTruncated
                              : TurnEnd::kRefused;
      turn.end = at;
    }
    if (turn.how == TurnEnd::kCancelled) turn.cancelled_at = turn.end;
    if (turn.how == TurnEnd::kCancelled && chance(50)) turn.slot_free_at = turn.end + between(0, 200'000);
    if (turn.how != TurnEnd::kCompleted) turn.reason = chance(50) ? "this" : "that";
  }

  std::mt19937_64 random_;
};

}  // namespace wsdeep::load
