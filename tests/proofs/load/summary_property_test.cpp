// What the recorder folds, against the definitions applied to the records themselves: slowly, value by value.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/recorder.h"
#include "load/measure/window.h"
#include "support/random_runs.h"

namespace wsdeep::load {
namespace {

/// All values of a metric, and the lower bounds of those that had not come so far.
struct PlainMetric {
  std::vector<Micros> values;
  std::vector<Micros> bounds;
  std::uint64_t of = 0;
};

struct PlainTurns {
  std::vector<const TurnRecord*> turns;
  Micros now = 0;

  /// `to(turn)` − `from(turn)`, as the definitions have it. `whole`: of completed turns alone.
  template <typename From, typename To>
  PlainMetric interval(From from, To to, bool whole = false, bool chat_only = false) const {
    PlainMetric metric;
    for (const TurnRecord* turn : turns) {
      if (from(*turn) == kNever || (chat_only && turn->plane != Plane::kChat)) continue;
      ++metric.of;
      const bool came = to(*turn) != kNever;
      if (turn->how == TurnEnd::kUnfinished && (!came || whole))
        metric.bounds.push_back(now - from(*turn));
      else if (came && (!whole || turn->how == TurnEnd::kCompleted))
        metric.values.push_back(to(*turn) - from(*turn));
      else if (!whole && turn->how == TurnEnd::kCancelled)
        metric.bounds.push_back(turn->cancelled_at - from(*turn));
    }
    return metric;
  }

  PlainMetric frame_gaps() const {
    PlainMetric metric;
    for (const TurnRecord* turn : turns) {
      for (std::size_t i = 1; i < turn->pieces.size(); ++i)
        metric.values.push_back(turn->pieces[i].at - turn->pieces[i - 1].at);
      if (turn->how == TurnEnd::kUnfinished && !turn->pieces.empty()) metric.bounds.push_back(now - turn->last);
    }
    metric.of = metric.values.size() + metric.bounds.size();
    return metric;
  }

  PlainMetric longest_gaps() const {
    PlainMetric metric;
    for (const TurnRecord* turn : turns) {
      if (turn->pieces.empty()) continue;
      ++metric.of;
      Micros longest = kNever;
      for (std::size_t i = 1; i < turn->pieces.size(); ++i)
        longest = std::max(longest, turn->pieces[i].at - turn->pieces[i - 1].at);
      const bool open = turn->how == TurnEnd::kUnfinished;
      if (open) longest = std::max(longest, now - turn->last);
      if (longest != kNever) (open ? metric.bounds : metric.values).push_back(longest);
    }
    return metric;
  }

  PlainMetric stalls() const {
    PlainMetric metric;
    for (const TurnRecord* turn : turns) {
      std::vector<Micros> gaps;
      for (std::size_t i = 1; i < turn->pieces.size(); ++i) gaps.push_back(turn->pieces[i].at - turn->pieces[i - 1].at);
      std::vector<Micros> sorted = gaps;
      std::ranges::sort(sorted);
      const Micros limit = std::max<Micros>(kOneSecond, sorted.empty() ? 0 : 10 * sorted[(sorted.size() - 1) / 2]);
      for (const Micros gap : gaps)
        if (gap > limit) metric.values.push_back(gap);
      if (turn->how == TurnEnd::kUnfinished && !turn->pieces.empty() && now - turn->last > limit)
        metric.bounds.push_back(now - turn->last);
    }
    metric.of = metric.values.size() + metric.bounds.size();
    return metric;
  }

  PlainMetric tpot() const {
    PlainMetric metric;
    metric.of = turns.size();
    for (const TurnRecord* turn : turns) {
      if (turn->how != TurnEnd::kCompleted || turn->pieces.empty()) continue;
      const Piece& first = turn->pieces.front();
      double bytes = 0;
      for (const Piece& piece : turn->pieces) bytes += piece.bytes;
      const auto n1 = first.tokens > 0
                          ? Micros{first.tokens}
                          : std::max<Micros>(
                                1, static_cast<Micros>(static_cast<double>(turn->output_tokens) * first.bytes / bytes));
      if (turn->output_tokens <= n1) continue;
      metric.values.push_back(
          std::llround(static_cast<double>(turn->last - turn->first) / static_cast<double>(turn->output_tokens - n1)));
    }
    return metric;
  }

  double mean_in_flight(const Window& window) const {
    double sum = 0;
    for (const TurnRecord* turn : turns) {
      if (turn->send == kNever) continue;
      const Micros over = turn->end == kNever ? now : turn->end;
      sum += static_cast<double>(std::max<Micros>(0, std::min(over, window.to) - std::max(turn->send, window.from)));
    }
    return window.length() == 0 ? 0 : sum / static_cast<double>(window.length());
  }
};

/// Rank ⌈share·n⌉ of values and bounds together; a bound at or below it leaves open how much more it is.
std::optional<Quantile> plain_quantile(const PlainMetric& metric, double share) {
  std::vector<Micros> all = metric.values;
  all.insert(all.end(), metric.bounds.begin(), metric.bounds.end());
  if (all.empty()) return std::nullopt;
  std::ranges::sort(all);
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(all.size()) - 1e-9));
  const std::size_t bucket = Histogram::index_of(all[std::max<std::size_t>(rank, 1) - 1]);
  const auto complete =
      std::ranges::count_if(metric.values, [&](Micros value) { return Histogram::index_of(value) <= bucket; });
  const bool more_than = static_cast<std::size_t>(complete) < rank;
  return Quantile{more_than ? Histogram::lowest_at(bucket) : Histogram::highest_at(bucket), more_than};
}

void expect_same(const PlainMetric& plain, const Distribution& folded, std::string_view name) {
  EXPECT_EQ(plain.values.size(), folded.values.count()) << name;
  EXPECT_EQ(plain.bounds.size(), folded.censored.count()) << name;
  EXPECT_EQ(plain.of, folded.of) << name;
  double sum = 0;
  for (const Micros value : plain.values) sum += static_cast<double>(value);
  EXPECT_DOUBLE_EQ(sum, folded.values.sum()) << name;
  for (const double share : {0.5, 0.9, 0.99}) EXPECT_EQ(plain_quantile(plain, share), folded.quantile(share)) << name;
}

template <Micros TurnRecord::*member>
Micros instant(const TurnRecord& turn) {
  return turn.*member;
}

void expect_metrics(const PlainTurns& plain, const Slice& slice) {
  constexpr auto intended = instant<&TurnRecord::intended>;
  constexpr auto send = instant<&TurnRecord::send>;
  const auto told = [](const TurnRecord& turn) { return turn.queue_us.value_or(kNever); };
  const std::map<Metric, PlainMetric> metrics = {
      {Metric::kSendLag, plain.interval(intended, send)},
      {Metric::kAck, plain.interval(intended, instant<&TurnRecord::ack>, false, true)},
      {Metric::kAckSent, plain.interval(send, instant<&TurnRecord::ack>, false, true)},
      {Metric::kTtft, plain.interval(intended, instant<&TurnRecord::first>)},
      {Metric::kTtftSent, plain.interval(send, instant<&TurnRecord::first>)},
      {Metric::kTtfa, plain.interval(intended, instant<&TurnRecord::answer>)},
      {Metric::kTtfaSent, plain.interval(send, instant<&TurnRecord::answer>)},
      {Metric::kE2e, plain.interval(intended, instant<&TurnRecord::end>, true)},
      {Metric::kE2eSent, plain.interval(send, instant<&TurnRecord::end>, true)},
      {Metric::kTpot, plain.tpot()},
      {Metric::kFrameGap, plain.frame_gaps()},
      {Metric::kLongestGap, plain.longest_gaps()},
      {Metric::kStall, plain.stalls()},
  };
  for (const auto& [metric, values] : metrics) expect_same(values, slice.of(metric), facts_of(metric).name);
  const auto queues = std::ranges::count_if(plain.turns, [&](const TurnRecord* turn) { return told(*turn) != kNever; });
  EXPECT_EQ(slice.of(Metric::kQueue).values.count(), static_cast<std::uint64_t>(queues));
}

Window window_of(const RandomRun& run, const Summary& summary) {
  Micros length = 0;
  for (const Stage& stage : run.options.stages) length += stage.duration;
  const Micros end = run.ended ? *run.ended - run.options.begin : length;
  return {summary.warm_up.cut, std::max<Micros>(0, std::min(end, length - run.options.cool_down))};
}

template <typename Belongs>
PlainTurns plain_turns(const RandomRun& run, Belongs belongs) {
  PlainTurns plain{{}, run.now};
  for (const TurnRecord& turn : run.turns)
    if (belongs(turn)) plain.turns.push_back(&turn);
  return plain;
}

Summary fold(const RandomRun& run) {
  Recorder recorder(run.options);
  for (const TurnRecord& turn : run.turns) recorder.on_turn(turn);
  if (run.ended) recorder.end_schedule(*run.ended);
  return recorder.summary(run.now);
}

/// Gives `count` runs to `check`, until one does not hold.
template <typename Check>
void for_random_runs(unsigned seed, int count, Check check) {
  RandomRuns runs(seed);
  for (int i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    check(runs.make());
  }
}

TEST(Summary, IsWhatTheDefinitionsSayOfTheRecords) {
  for_random_runs(20260919, 200, [](const RandomRun& run) {
    const Summary summary = fold(run);
    const Window window = window_of(run, summary);
    const auto in_window = [&](const TurnRecord& turn) { return window.holds(turn.intended - run.options.begin); };
    expect_metrics(plain_turns(run, in_window), summary.whole);
    ASSERT_EQ(summary.stages.size(), run.options.stages.size());
    for (std::size_t stage = 0; stage < summary.stages.size(); ++stage)
      expect_metrics(
          plain_turns(run,
                      [&](const TurnRecord& turn) { return in_window(turn) && turn.stage == static_cast<int>(stage); }),
          summary.stages[stage]);
    for (const Slice& node : summary.nodes)
      expect_metrics(plain_turns(run,
                                 [&](const TurnRecord& turn) {
                                   return in_window(turn) && (turn.node.empty() ? kNoNode : turn.node) == node.name;
                                 }),
                     node);
  });
}

TEST(Summary, CountsWhatIsInFlightAndReceivedByInstants) {
  for_random_runs(4711, 80, [](const RandomRun& run) {
    const Summary summary = fold(run);
    Window window = window_of(run, summary);
    double tokens = 0;
    for (const TurnRecord& turn : run.turns)
      if (turn.pieces.empty() || turn.pieces.front().tokens > 0)
        for (const Piece& piece : turn.pieces)
          if (window.holds(piece.at - run.options.begin)) tokens += piece.tokens;
    const bool all_counted = std::ranges::all_of(
        run.turns, [](const TurnRecord& turn) { return turn.pieces.empty() || turn.pieces.front().tokens > 0; });
    if (all_counted) {
      EXPECT_NEAR(summary.whole.output_rate, window.rate(tokens), 1e-6);
    }
    std::uint64_t by_second = 0;
    std::int64_t of_turns = 0;
    for (const Second& second : summary.seconds) by_second += second.tokens;
    for (const TurnRecord& turn : run.turns) of_turns += turn.output_tokens;
    EXPECT_EQ(by_second, static_cast<std::uint64_t>(of_turns));
    window.from += run.options.begin;
    window.to += run.options.begin;
    const PlainTurns all = plain_turns(run, [](const TurnRecord&) { return true; });
    EXPECT_NEAR(summary.whole.mean_in_flight, all.mean_in_flight(window), 1e-6);
    double by_seconds = 0;
    for (const Second& second : summary.seconds)
      by_seconds += second.in_flight *
                    static_cast<double>(std::min(kOneSecond, run.now - run.options.begin - second.at * kOneSecond));
    const Window run_window{run.options.begin, run.now};
    EXPECT_NEAR(by_seconds, all.mean_in_flight(run_window) * static_cast<double>(run_window.length()), 1);
  });
}

TEST(Summary, AddsUpWhateverComes) {
  for_random_runs(1, 80, [](const RandomRun& run) {
    const Summary summary = fold(run);
    EXPECT_TRUE(summary.whole.tally.adds_up());
    EXPECT_TRUE(summary.outside.adds_up());
    EXPECT_EQ(summary.whole.tally.attempts + summary.outside.attempts, run.turns.size());
    std::uint64_t in_stages = 0, in_nodes = 0;
    for (const Slice& stage : summary.stages) in_stages += stage.tally.attempts;
    for (const Slice& node : summary.nodes) in_nodes += node.tally.attempts;
    EXPECT_EQ(in_stages, summary.whole.tally.attempts);
    EXPECT_EQ(in_nodes, summary.nodes.empty() ? 0 : summary.whole.tally.attempts);
  });
}

/// The same run, stopped at `stop`: what had not ended then is unfinished.
RandomRun stopped(RandomRun run, Micros stop) {
  run.now = stop;
  std::erase_if(run.turns, [&](const TurnRecord& turn) { return turn.intended >= stop; });
  const auto forget = [&](Micros& at) {
    if (at > stop) at = kNever;
  };
  for (TurnRecord& turn : run.turns) {
    if (turn.end == kNever || turn.end > stop) turn.how = TurnEnd::kUnfinished;
    for (Micros* at : {&turn.send, &turn.ack, &turn.first, &turn.answer, &turn.last, &turn.end}) forget(*at);
    std::erase_if(turn.pieces, [&](const Piece& piece) { return piece.at > stop; });
    if (!turn.pieces.empty()) turn.last = turn.pieces.back().at;
  }
  return run;
}

// Of the same turns, what an early stop says is what the whole run says, or it says "more than" something less.
TEST(Summary, DoesNotGetBetterWhenTheRunIsStoppedEarly) {
  for_random_runs(99, 80, [](RandomRun run) {
    run.options.warm_up = 0;
    run.ended.reset();
    const Micros stop = run.options.begin + (run.now - run.options.begin) / 2;
    RandomRun whole = run;
    std::erase_if(whole.turns,
                  [&](const TurnRecord& turn) { return turn.intended >= stop || turn.how == TurnEnd::kUnfinished; });
    const Summary early = fold(stopped(whole, stop));
    const Summary late = fold(whole);
    for (const Metric metric : {Metric::kTtft, Metric::kTtftSent, Metric::kE2e, Metric::kAck})
      for (const double share : {0.5, 0.9, 0.99}) {
        const auto one = early.whole.of(metric).quantile(share);
        const auto other = late.whole.of(metric).quantile(share);
        // Those that were refused later had no text: of the counted there are fewer then.
        const bool same_turns = early.whole.of(metric).counted() == late.whole.of(metric).counted();
        if (!one || !other || !same_turns) continue;
        EXPECT_TRUE(one->more_than ? one->value <= other->value : one->value == other->value || other->more_than);
      }
  });
}

}  // namespace
}  // namespace wsdeep::load
