#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "load/measure/levels.h"
#include "load/report/result.h"

/// Results of load tests, from one of nothing to one that has everything, for whatever tells them.
namespace wsdeep::testing {

inline load::Histogram histogram_with(const std::vector<std::int64_t>& values) {
  load::Histogram made;
  for (const std::int64_t value : values) made.record(value);
  return made;
}

inline load::Distribution& metric_of(load::Slice& slice, load::Metric metric) {
  return slice.metrics[static_cast<std::size_t>(metric)];
}

/// A run of which nothing is known but that it was.
inline load::Result empty_result() {
  load::Result result;
  result.id = "7f3a";
  result.kind = "llm";
  result.target = "grpc://127.0.0.1:18932";
  result.version = "0.1.0";
  result.started = from_epoch_ms(1'700'000'000'250);
  return result;
}

/// A target without room: attempts, and nothing to measure but when they were sent.
inline load::Result refused_result() {
  load::Result result = empty_result();
  load::Slice& whole = result.summary.whole;
  whole.to = 60'000'000;
  whole.intended_rate = whole.sent_rate = 5;
  whole.tally.attempts = whole.tally.refused = 300;
  whole.tally.reasons = {{"overloaded", 299}, {"http 503", 1}};
  metric_of(whole, load::Metric::kSendLag) = {histogram_with({40, 55, 61}), {}, 300};
  metric_of(whole, load::Metric::kTtft).of = 300;
  result.ended_by = load::EndedBy::kAbortRule;
  result.ended_why = "refused_share>50%";
  return result;
}

inline load::Slice full_slice(const std::string& name) {
  load::Slice slice;
  slice.name = name;
  slice.from = 5'000'000;
  slice.to = 65'000'000;
  slice.intended_rate = 2;
  slice.sent_rate = 1.95;
  slice.tally = {.attempts = 10,
                 .good = 3,
                 .slow = 1,
                 .refused = 1,
                 .failed = 1,
                 .truncated = 1,
                 .cancelled = 1,
                 .unfinished = 2,
                 .reasons = {{"close 1006", 1}, {"overloaded", 1}, {"reset", 1}}};
  metric_of(slice, load::Metric::kTtft) = {histogram_with({312'000, 512'345, 90'000'001, 700'000}),
                                           histogram_with({2'000'000, 31'000'000}), 10};
  metric_of(slice, load::Metric::kItl) = {histogram_with({0, 18'600, 18'601}), {}, 3};
  slice.itl = load::ItlLetter::kCountOnly;
  slice.itl_bounds = load::ItlBounds{18'600.5, {{0.5, 0, 20'000}, {0.99, 25'000, 100'000}}};
  slice.no_answer = 1;
  slice.goodput = 0.05;
  slice.output_rate = 12.5;
  slice.counted_by = load::TokenCount::kUsage;
  slice.counts_mixed = true;
  slice.output_tokens = 750;
  slice.reasoning_tokens = 50;
  slice.prompt_tokens = 1200;
  slice.cached_share = 0.25;
  slice.stalls = 2;
  slice.stalled_turns = 1;
  slice.longest_stall = 1'500'000;
  slice.mean_in_flight = 1.5;
  slice.gaps = 1;
  slice.repeats = 2;
  slice.disorders = 3;
  slice.restarts = 4;
  slice.bytes_sent = 5000;
  slice.bytes_received = 60'000;
  slice.billed_messages = 44;
  slice.wasted_tokens = 7;
  slice.good_output_tokens = 600;
  slice.door = {.messages_sent = 10,
                .messages_received = 34,
                .questions = 9,
                .accepted = 8,
                .answered = 7,
                .route_us = 96'000,
                .generate_us = {9'000'000, 12'000'000},
                .stored_kb = {16, 22},
                .read_4kb = {8, 11}};
  return slice;
}

inline load::ConnectionFigures connections_of_a_storm() {
  load::ConnectionFigures figures{.sessions = 10,
                                  .opened = 9,
                                  .failed = {{"http 429", 1}},
                                  .opened_again = 8,
                                  .peak_open = 9,
                                  .full_after = 1'000'000,
                                  .most_opened_in_a_second = 5,
                                  .lifetimes = histogram_with({60'000'000}),
                                  .own_ends = {},
                                  .storms = {}};
  figures.own_ends = {{1001, "going away", 2, 1'000, 2'000, histogram_with({600'000'000})}};
  figures.storms = {{.at = 30'000'000,
                     .turns = {4, 3, 1},
                     .lost = 9,
                     .back = 8,
                     .resumed = 7,
                     .all_back = {},
                     .back_after = histogram_with({200'000, 900'000}),
                     .attempts = 12,
                     .most_in_a_second = 6,
                     .failed = {{"http 503", 4}}}};
  return figures;
}

inline load::PairedFigures pairs_with_parts() {
  load::PairedFigures pairs;
  pairs.pairs = 120;
  pairs.both = 117;
  pairs.only_llm = 3;
  pairs.chat_faults = {{"close 1006", 3}};
  pairs.chat_ttft = {histogram_with({70'000, 90'000}), histogram_with({5'000'000}), 120};
  pairs.llm_ttft = {histogram_with({60'000}), {}, 120};
  pairs.difference = {{6'540.5, 1'820}, {5'310, 1'410.25}, 20, 98.5, ""};
  pairs.p90_us = 13'200;
  pairs.p99_us = 49'600;
  pairs.with_parts = 110;
  pairs.parts = {load::PartFigures{612, 454, {158, 30}, 0}, load::PartFigures{2'780, 0, {2'780, 1'020}, 0},
                 load::PartFigures{1'900, 384, {1'516, 200}, 42}, load::PartFigures{62'600, 62'200, {400, {}}, 0},
                 load::PartFigures{1'920, 296, {-1'624, 100}, 42}};
  pairs.llm_not_split = "the clocks are known to ± 42us only";
  pairs.clocks = {{"n1", -7, 42, 12}};
  return pairs;
}

/// A run of which everything is known.
inline load::Result full_result() {
  load::Result result = empty_result();
  result.kind = "both";
  result.prompts = "200 tokens, 3 turns, new ones (seed 7)";
  result.ended_by = load::EndedBy::kFault;
  result.ended_why = "the target went away";
  result.shape = {load::Arrivals::kGamma,
                  0.5,
                  {{"warm", 5'000'000, 1, 2}, {"2", 60'000'000, 2, 2}},
                  130,
                  20,
                  2'000'000,
                  65'000'000,
                  std::numeric_limits<std::uint64_t>::max(),
                  0.05,
                  2'000'000,
                  "azure.csv"};
  result.pacing = {130, 129, histogram_with({50, 60, 20'000})};
  load::Summary& summary = result.summary;
  summary.warm_up = {5'000'000, true, false};
  summary.whole = full_slice("");
  summary.stages = {full_slice("warm"), full_slice("2")};
  summary.nodes = {full_slice("n1")};
  summary.outside = {.attempts = 2, .good = 2};
  summary.balance = {0.9, 20, 1.2, load::NodeBalance::KvEffect{1234.5, 99.5, 20, 350.25}};
  summary.little = {1.5, 1.49, 0.0067, 0.02};
  summary.seconds = {{.at = 5,
                      .intended = 2,
                      .sent = 2,
                      .ended = 1,
                      .bad = 1,
                      .tokens = 40,
                      .ttft_p50 = load::Quantile{312'000, false},
                      .ttft_p99 = load::Quantile{512'000, true},
                      .in_flight = 1.25,
                      .done = 1}};
  summary.spans = {{{.from = 5'000'000,
                     .to = 6'000'000,
                     .slow = 1,
                     .reasons = {{"overloaded", 1}},
                     .nodes = {{"n1", 2, load::Quantile{312'000, false}, load::Quantile{512'000, true}}}}}};
  summary.levels = {
      {load::parse_level("ttft_p99<800ms"), "all", 31e6, true, load::Judgement::kMissed, ""},
      {load::parse_level("stage 2: good_share>99%"), "stage 2", 0.3, false, load::Judgement::kMet, ""},
      {load::parse_level("goodput>20/s"), "all", {}, false, load::Judgement::kUndecided, "a run of 10m has it"}};
  summary.close_codes = {{1000, 8}, {1006, 1}};
  summary.connections_opened = 10;
  summary.connections_failed = 1;
  summary.connection_use = {.open_us = 480'000'000, .opened = 3, .closed = 2, .upgrade_us = 60'000, .messages = 5};
  result.driver.connections = connections_of_a_storm();
  result.driver.pairs = pairs_with_parts();
  result.driver.cancels = load::CancelFigures{12, 10, 400, 0.25, "the nodes asked did not say"};
  result.driver.sessions = load::SessionFigures{250, 2, 12, 3};
  result.driver.engines = {{"http://127.0.0.1:9/metrics",
                            "n1",
                            "sim",
                            "0.1.0",
                            5,
                            1,
                            "connection refused",
                            2,
                            {{"vllm:num_requests_waiting", false, 0, 1, 7, 2.5, 4}}}};
  result.verdict = {load::Validity::kInvalid,
                    {{"send_lag_p99", "312 ms", "20 ms", "use fewer sessions", true}, {"cpu", "40 %", "80 %"}},
                    {"INVALID: the turns were sent late"}};
  return result;
}

/// That run with what it cost.
inline load::Result priced_result() {
  load::Result result = full_result();
  result.summary.coalescing = {{0, false, 7, 1'400, histogram_with({0, 0})},
                               {20'000, true, 7, 700, histogram_with({0, 12'000})},
                               {200'000, false, 7, 77, histogram_with({90'000, 180'000})}};
  result.cost = load::CostFigures{
      .region = "us-east-1",
      .as_of = "2026-11-29",
      .items = {{"3 × g6e.xlarge", 0.05, 0.05, 1.861, "$1.861 an hour"}, {"messages", 44, 49, 1e-6, "$1 a million"}},
      .unknown = {"the price of g5.xlarge"},
      .good_tokens = 600,
      .all_tokens = 757};
  return result;
}

/// What no run should have, and a report has to survive: numbers that are none, names that are no text, the largest of
/// everything.
inline load::Result hostile_result() {
  load::Result result = full_result();
  load::Slice& node = result.summary.nodes.front();
  node.name = "=cmd|'\"\xff\n,\\{}\x1b[31m\xe2\x80\xae";
  node.tally.reasons = {{"\xc3\x28", 1}, {std::string("\0,\r\n", 4), 2}};
  node.goodput = std::numeric_limits<double>::quiet_NaN();
  node.mean_in_flight = std::numeric_limits<double>::infinity();
  node.cached_share = -std::numeric_limits<double>::infinity();
  load::Distribution& largest = metric_of(node, load::Metric::kE2e);
  largest.values.record(load::Histogram::kMaxValue, 1'000'000'000'000);
  largest.values.record(0);
  largest.of = 1;
  result.target = "https://example.invalid/\"\\\n\xff";
  result.summary.little.residual = std::numeric_limits<double>::quiet_NaN();
  result.driver.engines.front().figures.front().peak = std::numeric_limits<double>::max();
  return result;
}

}  // namespace wsdeep::testing
