#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "llm/engine/engine_answer.h"

/// The table of tests/integration/engine_answers: answers of engines, byte for byte, and what each of them says.
namespace wsdeep::llm::engine_answers {

inline const std::string kFolder = WSDEEP_TESTS "/integration/engine_answers/";

inline std::string content_of(const std::string& file) {
  std::ifstream stream(kFolder + file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A line of the table, as far as this folder has a say in it.
struct Expected {
  std::string name, says, thinks, ends, told;
};

inline std::string text_in(std::string_view cell) {
  return cell.empty() ? "" : nlohmann::json::parse(cell).get<std::string>();
}

inline std::vector<Expected> read_table() {
  std::vector<Expected> rows;
  const std::string page = content_of("README.md");
  for (const std::string_view line : split(page, '\n')) {
    const auto cells = split(line, '|');
    if (cells.size() != 10 || trim(cells[1]) == "answer" || cells[1].starts_with('-')) continue;
    rows.push_back({std::string(trim(cells[1])), text_in(trim(cells[2])), text_in(trim(cells[3])),
                    std::string(trim(cells[4])), std::string(trim(cells[8]))});
  }
  return rows;
}

/// An answer without its HTTP.
struct Recorded {
  int status = 0;
  std::string body;
  BodyEnd end = BodyEnd::kUnframed;
  std::string location;
};

/// Of chunks, as far as they are there.
inline Recorded unchunked(Recorded answer) {
  std::string body;
  answer.end = BodyEnd::kBroken;
  for (std::string_view rest = answer.body; !rest.empty();) {
    const std::size_t size = std::stoul(std::string(rest), nullptr, 16);
    if (size == 0) answer.end = BodyEnd::kFramed;
    if (size == 0) break;
    rest.remove_prefix(rest.find('\n') + 1);
    body += rest.substr(0, size);
    rest.remove_prefix(std::min(size + 2, rest.size()));
  }
  answer.body = body;
  return answer;
}

inline Recorded recorded(const std::string& name) {
  const std::string all = content_of(name + ".http");
  const std::size_t end = all.find("\r\n\r\n");
  const std::string head = all.substr(0, end);
  Recorded answer{std::stoi(all.substr(9, 3)), all.substr(end + 4), BodyEnd::kUnframed, ""};
  if (head.find("Content-Length") != std::string::npos) answer.end = BodyEnd::kFramed;
  const std::size_t location = head.find("Location: ");
  if (location != std::string::npos)
    answer.location = head.substr(location + 10, head.find('\r', location) - location - 10);
  return head.find("chunked") == std::string::npos ? answer : unchunked(answer);
}

inline std::string code_of(const LlmOutcome& outcome) {
  static const std::map<LlmFault, std::string> kNames = {
      {LlmFault::kUnavailable, "UNAVAILABLE"},   {LlmFault::kOverloaded, "RESOURCE_EXHAUSTED"},
      {LlmFault::kTimeout, "DEADLINE_EXCEEDED"}, {LlmFault::kCancelled, "CANCELLED"},
      {LlmFault::kInvalid, "INVALID_ARGUMENT"},  {LlmFault::kInternal, "INTERNAL"},
      {LlmFault::kCutOff, "DATA_LOSS"},          {LlmFault::kMisconfigured, "FAILED_PRECONDITION"}};
  return outcome.ok ? outcome.result.finish_reason : kNames.at(outcome.fault);
}

/// What was understood of one, after a client has put it together.
struct Read {
  std::string says, thinks;
  std::int64_t tokens = 0;
  LlmOutcome outcome;

  void add(const std::vector<LlmChunk>& chunks) {
    for (const LlmChunk& chunk : chunks) {
      if (chunk.was_reasoning) thinks += std::exchange(says, {});
      (chunk.reasoning ? thinks : says) += chunk.text;
      tokens += chunk.tokens;
    }
  }
};

inline Read read(const Recorded& answer, const std::vector<std::size_t>& cuts,
                 EngineAnswer::Reading reading = EngineAnswer::Reading::kCommonFirst) {
  Read result;
  EngineAnswer engine("it does not take the node's key", reading);
  engine.begin(answer.status);
  std::size_t begin = 0;
  bool goes_on = true;
  for (std::size_t i = 0; i <= cuts.size() && goes_on; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : answer.body.size();
    goes_on = engine.take(std::string_view(answer.body).substr(begin, end - begin));
    result.add(engine.take_chunks());
    begin = end;
  }
  result.outcome = engine.finish(answer.end, answer.location);
  result.add(engine.take_chunks());
  return result;
}

inline void expect(const Expected& expected, const Read& got, const std::string& how) {
  EXPECT_EQ(got.says, expected.says) << expected.name << how;
  EXPECT_EQ(got.thinks, expected.thinks) << expected.name << how;
  EXPECT_EQ(code_of(got.outcome), expected.ends) << expected.name << how << ": " << got.outcome.cause;
  if (got.outcome.ok) return;
  EXPECT_THAT(got.outcome.cause, testing::HasSubstr(expected.told)) << expected.name << how;
}

}  // namespace wsdeep::llm::engine_answers
