#include "session/reasoning.h"

#include <gtest/gtest.h>

namespace wsdeep::session {
namespace {

/// All passages of `pieces`, neighbours of one kind joined.
std::vector<Passage> split(const std::vector<std::string>& pieces) {
  ReasoningSplitter splitter;
  std::vector<Passage> joined;
  const auto add = [&](const std::vector<Passage>& passages) {
    for (const Passage& passage : passages) {
      if (!joined.empty() && joined.back().reasoning == passage.reasoning)
        joined.back().text += passage.text;
      else
        joined.push_back(passage);
    }
  };
  for (const std::string& piece : pieces) add(splitter.feed(piece));
  add(splitter.finish());
  return joined;
}

TEST(ReasoningSplitter, TellsThoughtsFromAnswerHoweverTheTextIsCut) {
  const std::string text = "<think>\nfirst\nsecond</think>\n\nAn <answer> & more";
  const std::vector<Passage> expected = {{true, "first\nsecond"}, {false, "An <answer> & more"}};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += step) pieces.push_back(text.substr(at, step));
    EXPECT_EQ(split(pieces), expected) << "cut every " << step;
  }
}

TEST(ReasoningSplitter, LeavesTextWithoutTagsAlone) {
  EXPECT_EQ(split({"a < b", " and <thin"}), (std::vector<Passage>{{false, "a < b and <thin"}}));
}

TEST(ReasoningSplitter, KeepsThoughtsThatNeverEnd) {
  EXPECT_EQ(split({"<think>hm", "</thi"}), (std::vector<Passage>{{true, "hm</thi"}}));
}

}  // namespace
}  // namespace wsdeep::session
