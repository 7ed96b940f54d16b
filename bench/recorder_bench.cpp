// What a load test's recorder costs: turns of a hundred pieces, beside a bare loop over the same pieces; and the memory
// of a million turns, an hour of 278 a second with pieces 18.6 ms apart in the mean.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <vector>

#include "load/measure/recorder.h"
#include "load/measure/window.h"

namespace {

using namespace wsdeep::load;

constexpr int kPieces = 100;
constexpr std::int64_t kTurns = 1'000'000;
constexpr Micros kHour = 3600 * kOneSecond;

wsdeep::load::RecorderOptions hour() {
  RecorderOptions options;
  options.stages = {{.name = "1", .duration = kHour, .rate_from = 278, .rate_to = 278}};
  return options;
}

/// Answers of a hundred pieces with one token each, some of which nodes have stamped.
class Answers {
 public:
  explicit Answers(bool stamped) : stamped_(stamped) {}

  TurnRecord at(Micros intended) {
    TurnRecord turn;
    turn.intended = turn.send = intended;
    turn.how = TurnEnd::kCompleted;
    turn.node = "node-1";
    turn.counted_by = TokenCount::kNode;
    turn.output_tokens = kPieces;
    Micros at = intended + 200'000;
    for (int piece = 0; piece < kPieces; ++piece) {
      at += std::llround(gap_(random_));
      turn.pieces.push_back({at, 1, 4});
      if (stamped_) turn.token_offsets_us.push_back(static_cast<std::uint32_t>(at - intended));
    }
    turn.first = turn.answer = turn.pieces.front().at;
    turn.last = turn.end = at;
    return turn;
  }

 private:
  bool stamped_;
  std::mt19937_64 random_{7};
  std::lognormal_distribution<double> gap_{std::log(18'000.0), 0.25};
};

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096 / 1e6;
}

/// Measured first: later the heap keeps what others have freed.
void million_turns(benchmark::State& state) {
  for (auto _ : state) {
    const double before = resident_mb();
    Recorder recorder(hour());
    Answers made(true);
    for (Micros i = 0; i < kTurns; ++i) recorder.on_turn(made.at(i * (kHour / kTurns)));
    state.counters["MB"] = resident_mb() - before;
    const auto summary = recorder.summary(kHour);
    state.counters["MB_with_summary"] = resident_mb() - before;
    benchmark::DoNotOptimize(summary.whole.goodput);
  }
}
BENCHMARK(million_turns)->Iterations(1)->Unit(benchmark::kSecond);

std::vector<TurnRecord> answers(bool stamped) {
  Answers made(stamped);
  std::vector<TurnRecord> turns;
  for (Micros i = 0; i < 2000; ++i) turns.push_back(made.at(i * 3600));
  return turns;
}

void fold_pieces(benchmark::State& state, bool stamped) {
  const auto turns = answers(stamped);
  auto recorder = std::make_unique<Recorder>(hour());
  std::size_t next = 0;
  for (auto _ : state) recorder->on_turn(turns[next++ % turns.size()]);
  state.SetItemsProcessed(state.iterations() * kPieces);
}
BENCHMARK_CAPTURE(fold_pieces, by_frames, false);
BENCHMARK_CAPTURE(fold_pieces, with_token_times, true);

/// What the copy of the record and one look at each piece cost.
void bare_loop(benchmark::State& state) {
  const auto turns = answers(false);
  std::size_t next = 0;
  for (auto _ : state) {
    const TurnRecord turn = turns[next++ % turns.size()];
    Micros longest = 0;
    for (std::size_t i = 1; i < turn.pieces.size(); ++i)
      longest = std::max(longest, turn.pieces[i].at - turn.pieces[i - 1].at);
    benchmark::DoNotOptimize(longest);
  }
  state.SetItemsProcessed(state.iterations() * kPieces);
}
BENCHMARK(bare_loop);

void summarize(benchmark::State& state) {
  Recorder recorder(hour());
  Answers made(false);
  for (Micros i = 0; i < 100'000; ++i) recorder.on_turn(made.at(i * 36'000));
  for (auto _ : state) benchmark::DoNotOptimize(recorder.summary(kHour));
}
BENCHMARK(summarize)->Unit(benchmark::kMillisecond);

}  // namespace
