#include "load/plan/trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/dice.h"
#include "base/error.h"
#include "load/plan/plan.h"
#include "load/plan/trace_file.h"
#include "load/plan/trace_prompts.h"
#include "support/memory_files.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kAzure =
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2023-11-16 18:15:46.6805900,374,44\n"
    "2023-11-16 18:15:50.9951690,396,109\n"
    "2023-11-16 18:16:00.0000009,879,55\n";

constexpr std::string_view kBurstGpt =
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\r\n"
    "5,ChatGPT,472,18,490,Conversation log\r\n"
    "45,ChatGPT,1087,0,1087,Conversation log\r\n"
    "118,GPT-4,417,276,693,\"Conversation, log\"\r\n"
    "120,GPT-4,0,0,0,API log\r\n";

constexpr std::string_view kMooncake =
    R"({"timestamp": 0, "input_length": 700, "output_length": 5, "hash_ids": [0, 1]}
{"timestamp": 3052, "input_length": 1025, "output_length": 6, "hash_ids": [0, 2, 3]}
)";

Trace trace_of(std::string_view text) {
  return parse_trace(SourceFile("trace", std::string(text)));
}

std::vector<std::vector<Micros>> numbers_of(const Trace& trace) {
  std::vector<std::vector<Micros>> rows;
  for (const TraceRow& row : trace.rows) rows.push_back({row.at, row.prompt_tokens, row.output_tokens});
  return rows;
}

TEST(Trace, ReadsAzureWithItsSevenDigits) {
  const Trace trace = trace_of(kAzure);
  EXPECT_THAT(numbers_of(trace),
              ElementsAre(ElementsAre(0, 374, 44), ElementsAre(4'314'579, 396, 109), ElementsAre(13'319'410, 879, 55)));
  EXPECT_THAT(trace.notes, IsEmpty());
}

TEST(Trace, ReadsAzuresYear2024WithItsOffsets) {
  const Trace trace = trace_of(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2024-05-10 00:00:00.009930+00:00,2162,5\n"
      "2024-05-10T01:00:01.009930+01:00,2399,6\n"
      "2024-05-10 00:00:02.00993Z,76,15");
  EXPECT_THAT(numbers_of(trace),
              ElementsAre(ElementsAre(0, 2162, 5), ElementsAre(1'000'000, 2399, 6), ElementsAre(2'000'000, 76, 15)));
}

TEST(Trace, ReadsBurstGptWithoutItsFailedRequests) {
  const Trace trace = trace_of(kBurstGpt);
  EXPECT_THAT(numbers_of(trace), ElementsAre(ElementsAre(0, 472, 18), ElementsAre(113'000'000, 417, 276)));
  EXPECT_THAT(trace.notes, ElementsAre("trace: 2 of 4 rows were left out: no answer (a failed request)"));
}

TEST(Trace, FindsColumnsByTheirNamesInAnyOrder) {
  const std::vector<std::string> forms = {
      "Response tokens,Session ID,Timestamp,Elapsed time,Request tokens\n18,7,5,1.5,472\n",
      "\xEF\xBB\xBF\"Timestamp\",\"response TOKENS\", request tokens \r\n\"5.000\",\"18\", 472 \r\n",
      "\r\n\r\ntimestamp,contexttokens,generatedtokens\n\n1e3,472,18",
  };
  for (const std::string& form : forms) EXPECT_THAT(numbers_of(trace_of(form)), ElementsAre(ElementsAre(0, 472, 18)));
}

TEST(Trace, ReadsMooncakeWithItsBlocks) {
  const Trace trace = trace_of(kMooncake);
  EXPECT_THAT(numbers_of(trace), ElementsAre(ElementsAre(0, 700, 5), ElementsAre(3'052'000, 1025, 6)));
  EXPECT_THAT(trace.blocks_of(trace.rows[0]), ElementsAre(0, 1));
  EXPECT_THAT(trace.blocks_of(trace.rows[1]), ElementsAre(0, 2, 3));
}

TEST(Trace, TakesMooncakesRowsWithoutBlocksAndLeavesOutBlocksBeyondALength) {
  const Trace trace = trace_of(
      R"([{"timestamp": 1.5, "input_length": 100, "output_length": 5},
          {"timestamp": 2, "input_length": 512, "output_length": 5, "hash_ids": [7, 8, 9], "model": "m"}])");
  EXPECT_THAT(trace.blocks, ElementsAre(7));
  EXPECT_EQ(trace.rows[1].at, 500);
  EXPECT_THAT(trace.notes, ElementsAre("trace: 2 blocks beyond their prompts' lengths were left out"));
}

TEST(Trace, SortsRowsByTimeAndSaysSo) {
  const Trace trace = trace_of("Timestamp,Request tokens,Response tokens\n9,1,1\n5,2,1\n9,3,1\n7,0,1\n");
  EXPECT_THAT(numbers_of(trace),
              ElementsAre(ElementsAre(0, 2, 1), ElementsAre(4'000'000, 1, 1), ElementsAre(4'000'000, 3, 1)));
  EXPECT_THAT(trace.notes, ElementsAre("trace: 1 of 4 rows was left out: no prompt",
                                       "trace: the rows were not in order of time, and were sorted"));
}

struct BrokenTrace {
  std::string bytes;
  std::string said;
};

const std::string kNoColumn =
    "trace:1:1: no column 'TIMESTAMP' (Azure) or 'Timestamp' (BurstGPT): a trace begins with the names of its columns, "
    "or "
    "is Mooncake's JSON lines";
const std::string kHeader = "Timestamp,Request tokens,Response tokens\n";
const std::string kLine = R"({"timestamp":1,"input_length":5,"output_length":5)";

std::string instant_fault(const std::string& got) {
  return "trace:2:1: expected an instant such as 2023-11-16 18:15:46.68, or seconds, got '" + got + "'";
}

TEST(Trace, SaysWhereItsFileIsWrong) {
  const std::vector<BrokenTrace> table = {
      {"", "trace: there is nothing in this file"},
      {" \r\n", "trace: there is nothing in this file"},
      {"\xEF\xBB\xBF", "trace: there is nothing in this file"},
      {"hello", kNoColumn},
      {"1,2,3\n", kNoColumn},
      {std::string("\0\0", 2), kNoColumn},
      {"Timestamp,Request tokens\n",
       "trace:1:1: no column 'GeneratedTokens' (Azure) or 'Response tokens' (BurstGPT): a trace begins with the names "
       "of "
       "its columns, or is Mooncake's JSON lines"},
      {"Timestamp,Request tokens,Response tokens, timestamp\n", "trace:1:42: a second column 'timestamp'"},
      {kHeader, "trace: no row of this trace can be sent"},
      {kHeader + "5,0,0\n", "trace: no row of this trace can be sent"},
      {kHeader + "5,1,1\n6,1\n", "trace:3:1: expected 3 fields, as the first line has, got 2"},
      {kHeader + "5,1,1,\n", "trace:2:1: expected 3 fields, as the first line has, got 4"},
      {kHeader + "5,x,1\n", "trace:2:3: expected tokens, from 0 to 1000000, got 'x'"},
      {kHeader + "5,1.5,1\n", "trace:2:3: expected tokens, from 0 to 1000000, got '1.5'"},
      {kHeader + "5,1,-1\n", "trace:2:5: expected tokens, from 0 to 1000000, got '-1'"},
      {kHeader + "5,1,1000001\n", "trace:2:5: expected tokens, from 0 to 1000000, got '1000001'"},
      {kHeader + "5,1,\n", "trace:2:5: expected tokens, from 0 to 1000000, got ''"},
      {kHeader + "5,\"1,1\n", "trace:2:3: a quote is opened here and never closed"},
      {kHeader + "5,\"1\"x,1\n", "trace:2:6: expected a comma or the end of the line behind a quote"},
      {kHeader + "5,\"1\"\r,1\n", "trace:2:6: expected a comma or the end of the line behind a quote"},
      {kHeader + ",1,1\n", instant_fault("")},
      {kHeader + "nan,1,1\n", instant_fault("nan")},
      {kHeader + "1e99,1,1\n", instant_fault("1e99")},
      {kHeader + "\x1b[2J,1,1\n", instant_fault("\\x1b[2J")},
      {kHeader + "2023-13-16 18:15:46,1,1\n", instant_fault("2023-13-16 18:15:46")},
      {kHeader + "2023-02-29 18:15:46,1,1\n", instant_fault("2023-02-29 18:15:46")},
      {kHeader + "2023-11-16 24:15:46,1,1\n", instant_fault("2023-11-16 24:15:46")},
      {kHeader + "2023-11-16 18:15,1,1\n", instant_fault("2023-11-16 18:15")},
      {kHeader + "2023-11-16 18:15:46.5+1:00,1,1\n", instant_fault("2023-11-16 18:15:46.5+1:00")},
      {kHeader + "16/11/2023 18:15:46,1,1\n", instant_fault("16/11/2023 18:15:46")},
      {kHeader + "0,1,1\n1e9,1,1\n", "trace: the trace is longer than a year"},
      {kHeader + "5,\xC3,1\n", "trace:2:3: the text is no UTF-8 here"},
      {kHeader + "5,\xC3\xA9,\xFF\n", "trace:2:5: the text is no UTF-8 here"},
      {kLine + "}\n{\n", "trace:2:2: not JSON"},
      {kLine + "}\n\n  {]\n", "trace:3:4: not JSON"},
      {kLine + "}\n5\n", "trace:2:1: expected an object"},
      {kLine + "} {}\n", "trace:1:52: not JSON"},
      {"{}\n", "trace:1:1: 'timestamp' is missing: expected a number"},
      {R"({"timestamp":"1"})", "trace:1:2: 'timestamp' must be a number"},
      {R"({"timestamp":1e300})", "trace:1:2: 'timestamp' must be milliseconds, of a hundred years at most"},
      {R"({"timestamp":1e999})", "trace:1:1: a number is too large"},
      {R"({"timestamp":1,"input_length":-5})", "trace:1:16: 'input_length' must be a whole number from 0 to 1000000"},
      {R"({"timestamp":1,"input_length":18446744073709551615})",
       "trace:1:16: 'input_length' must be a whole number from 0 to 1000000"},
      {R"({"timestamp":1,"input_length":5})",
       "trace:1:1: 'output_length' is missing: expected a whole number from 0 to 1000000"},
      {kLine + R"(,"hash_ids":5})", "trace:1:51: 'hash_ids' must be a list"},
      {kLine + R"(,"hash_ids":[-1]})", "trace:1:51: 'hash_ids' must be whole numbers from 0 on"},
      {kLine + R"(,"hash_ids":["a"]})", "trace:1:51: 'hash_ids' must be whole numbers from 0 on"},
      {"[", "trace:1:2: the file ends within its list"},
      {"[]", "trace: no row of this trace can be sent"},
      {"[ ] x", "trace:1:5: expected nothing behind the list"},
      {"[" + kLine + "}", "trace:1:52: the file ends within its list"},
      {"[" + kLine + "},]", "trace:1:53: expected an object"},
      {"[" + kLine + "}]\n[]", "trace:2:1: expected nothing behind the list"},
      {"{\"a\":" + std::string(100, '[') + "}", "trace:1:69: nested deeper than 64 levels"},
      {std::string("{\0}", 3), "trace:1:2: a NUL byte"},
  };
  for (const BrokenTrace& row : table) {
    try {
      trace_of(row.bytes);
      ADD_FAILURE() << row.bytes;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), row.said) << row.bytes;
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    }
  }
}

std::vector<Micros> instants_of(const Schedule& schedule) {
  std::vector<Micros> all;
  for (const Arrival& arrival : schedule.arrivals) all.push_back(arrival.intended);
  return all;
}

TEST(TraceSchedule, SendsEachRowAtItsInstantWithItsLengths) {
  const Schedule schedule = schedule_of(trace_of(kAzure), {}, {});
  EXPECT_THAT(instants_of(schedule), ElementsAre(0, 4'314'579, 13'319'410));
  EXPECT_EQ(schedule.arrivals[1].prompt_tokens, 396);
  EXPECT_EQ(schedule.arrivals[1].output_tokens, 109);
  EXPECT_EQ(schedule.arrivals[1].trace_row, 1u);
  EXPECT_EQ(schedule.length(), 13'319'410 + 13'319'410 / 2);
  EXPECT_NEAR(schedule.stages[0].rate_from, 3 / 19.979, 0.001);
}

TEST(TraceSchedule, IsStretchedCutAndCancelled) {
  const Trace trace = trace_of(kAzure);
  EXPECT_THAT(instants_of(schedule_of(trace, {.time_scale = 0.5}, {})), ElementsAre(0, 2'157'290, 6'659'705));
  const Schedule two = schedule_of(trace, {.requests = 2}, {});
  EXPECT_THAT(instants_of(two), ElementsAre(0, 4'314'579));
  EXPECT_EQ(two.length(), 13'319'410);
  const Schedule ten_seconds = schedule_of(trace, {.duration = 10'000'000}, {});
  EXPECT_THAT(instants_of(ten_seconds), ElementsAre(0, 4'314'579));
  EXPECT_EQ(ten_seconds.length(), 10'000'000);
  EXPECT_EQ(schedule_of(trace, {.duration = 4'314'579}, {}).arrivals.size(), 1u);
  EXPECT_EQ(schedule_of(trace, {}, {.cancel_share = 1, .cancel_after = 5}).arrivals[2].cancel_after, 5);
}

TEST(TraceSchedule, TellsItsBusiestSecond) {
  const Trace trace =
      trace_of("Timestamp,Request tokens,Response tokens\n0,1,1\n5,1,1\n5.5,1,1\n5.9,1,1\n6,1,1\n9,1,1\n");
  EXPECT_EQ(busiest_second(schedule_of(trace, {}, {})), 3u);
  EXPECT_EQ(busiest_second(schedule_of(trace, {.time_scale = 0.1}, {})), 6u);
  EXPECT_EQ(busiest_second({}), 0u);
}

TEST(TracePrompts, ShareTheTextOfEqualBlocks) {
  const auto trace = std::make_shared<const Trace>(trace_of(kMooncake));
  const TracePrompts prompts(trace, {}, 7);
  const Schedule schedule = schedule_of(*trace, {}, {});
  const Prompt first = prompts.prompt(schedule.arrivals[0], 0, 0);
  const Prompt second = prompts.prompt(schedule.arrivals[1], 1, 0);
  EXPECT_EQ(first.text.size(), 4u * 700);
  EXPECT_EQ(second.text.size(), 4u * 1025);
  EXPECT_EQ(first.text.substr(0, 4 * 512), second.text.substr(0, 4 * 512));
  EXPECT_NE(first.text.substr(4 * 512, 40), second.text.substr(4 * 512, 40));
  EXPECT_EQ(second.max_tokens, 6);
  EXPECT_NE(TracePrompts(trace, {}, 8).prompt(schedule.arrivals[0], 0, 0).text, first.text);
}

/// How many whole blocks of these texts a prefix cache knows, which remembers every beginning that it has seen.
std::size_t blocks_found(const std::vector<std::string>& texts) {
  std::set<std::string> seen;
  std::size_t found = 0;
  for (const std::string& text : texts)
    for (std::size_t end = 4 * kTraceBlockTokens; end <= text.size(); end += 4 * kTraceBlockTokens)
      if (!seen.insert(text.substr(0, end)).second) ++found;
  return found;
}

TEST(TracePrompts, LetAPrefixCacheFindWhatWasRecorded) {
  // A tree: each prompt goes on from one of those before it, by one to three new blocks, the last of which is full.
  std::string lines;
  std::vector<std::vector<int>> chains = {{0}};
  LongDice dice(3);
  std::size_t recorded = 0;
  int next_block = 1;
  for (int row = 0; row < 200; ++row) {
    std::vector<int> chain = chains[static_cast<std::size_t>(dice.unit() * static_cast<double>(chains.size()))];
    recorded += row == 0 ? 0 : chain.size();
    for (int added = 0; added <= static_cast<int>(dice.unit() * 3); ++added) chain.push_back(next_block++);
    lines += fmt::format("{{\"timestamp\": {}, \"input_length\": {}, \"output_length\": 3, \"hash_ids\": [{}]}}\n", row,
                         chain.size() * kTraceBlockTokens, fmt::join(chain, ", "));
    chains.push_back(std::move(chain));
  }
  const auto trace = std::make_shared<const Trace>(trace_of(lines));
  const TracePrompts prompts(trace, {}, 7);
  std::vector<std::string> texts;
  for (const Arrival& arrival : schedule_of(*trace, {}, {}).arrivals)
    texts.push_back(prompts.prompt(arrival, arrival.index, 0).text);
  EXPECT_EQ(texts.size(), 200u);
  EXPECT_EQ(blocks_found(texts), recorded);
}

TEST(TracePrompts, AreEachTheirOwnWithoutBlocks) {
  const auto trace = std::make_shared<const Trace>(trace_of(kAzure));
  const TracePrompts prompts(trace, {}, 7);
  const Schedule schedule = schedule_of(*trace, {}, {});
  EXPECT_EQ(prompts.prompt(schedule.arrivals[2], 0, 0).text.size(), 4u * 879);
  EXPECT_NE(prompts.prompt(schedule.arrivals[0], 0, 0).text.substr(0, 40),
            prompts.prompt(schedule.arrivals[1], 0, 0).text.substr(0, 40));
}

TEST(TracePlan, SaysWhatOfTheTraceIsSent) {
  const testing::MemoryFiles files({{"burst.csv", std::string(kBurstGpt)}, {"moon.jsonl", std::string(kMooncake)}});
  const Plan plan = make_plan({.trace = "burst.csv", .requests = 1, .same_prompts = true}, files);
  EXPECT_EQ(plan.shape.trace, "burst.csv");
  EXPECT_EQ(plan.shape.stages, plan.schedule.stages);
  EXPECT_EQ(plan.prompts_in_words, "as long as in burst.csv, the same ones (seed 1)");
  EXPECT_THAT(plan.notes, ElementsAre("burst.csv: 2 of 4 rows were left out: no answer (a failed request)",
                                      "burst.csv: the load ends after 1 row of 2"));
  EXPECT_EQ(make_plan({.trace = "moon.jsonl"}, files).prompts_in_words,
            "as long as in moon.jsonl, with its shared prefixes, new ones (seed 1)");
  try {
    make_plan({.trace = "moon.jsonl", .time_scale = 0}, files);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "--time-scale must be from 0.001 to 1000, got 0");
  }
}

}  // namespace
}  // namespace wsdeep::load
