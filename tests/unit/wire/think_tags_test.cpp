#include "wire/think_tags.h"

#include <gtest/gtest.h>

namespace wsdeep::wire {
namespace {

/// `(reasoning)answer`, and `!` where what came before turned out to be reasoning.
std::string shown(const std::vector<LlmChunk>& chunks) {
  std::string thinks, says;
  for (const LlmChunk& chunk : chunks) {
    if (chunk.was_reasoning) thinks += std::exchange(says, {});
    (chunk.reasoning ? thinks : says) += chunk.text;
  }
  return thinks.empty() ? says : "(" + thinks + ")" + says;
}

std::string split_every(std::size_t step, const std::string& text, bool ended) {
  ThinkSplitter splitter;
  std::vector<LlmChunk> all;
  const auto add = [&](const std::vector<LlmChunk>& chunks) { all.insert(all.end(), chunks.begin(), chunks.end()); };
  for (std::size_t at = 0; at < text.size(); at += step) add(splitter.feed(text.substr(at, step)));
  add(splitter.finish(ended));
  return shown(all);
}

struct Case {
  const char* text;
  const char* shown;
  bool ended = true;
};

TEST(ThinkSplitter, TellsThoughtsFromAnswerHoweverTheTextIsCut) {
  for (const Case& c : {
           Case{"plain", "plain"},
           {"", ""},
           {"  \n", "  \n"},
           {"a < b and <thin", "a < b and <thin"},
           {"<think>\nfirst\nsecond</think>\n\nAn <answer> & more", "(first\nsecond)An <answer> & more"},
           {"\n\n<think>hm\n</think>\n\nYes", "(hm)Yes"},
           {"<think>\n\n</think>\n\nYes", "Yes"},
           {"<think>a</think>b <think>c</think>d", "(a)b <think>c</think>d"},
           {"<think>\nnever closed", "(never closed)"},
           {"<think> is a tag.", "( is a tag.)<think> is a tag."},
           {"<think> is a tag.", "( is a tag.)", false},
           {"<think>hm</thi", "(hm</thi)", false},
           {"only closed\n</think>\n\nanswer", "(only closed\n)answer"},
           {"</think>answer", "answer"},
           {"use `</think>` there", "use `</think>` there"},
           {"use \"</think>\"", "use \"</think>\""},
           {"```\n</think>\n```\nso", "```\n</think>\n```\nso"},
           {"a <think>b</think> c", "a <think>b</think> c"},
           {"closed</think>", "(closed)"},
       })
    for (std::size_t step = 1; step <= 50; ++step)
      EXPECT_EQ(split_every(step, c.text, c.ended), c.shown) << c.text << ", cut every " << step;
}

TEST(ThinkSplitter, HoldsBackNothingButWhatMayBeATag) {
  ThinkSplitter splitter;
  EXPECT_EQ(shown(splitter.feed("Hello <b")), "Hello <b");
  EXPECT_EQ(shown(splitter.feed(" <")), " ");
  EXPECT_EQ(shown(splitter.feed("b>")), "<b>");
}

TEST(ThinkSplitter, TakesTagsForTextBesideFields) {
  ThinkSplitter splitter;
  EXPECT_EQ(shown(splitter.feed("\n\n")), "");
  EXPECT_EQ(shown(splitter.trust_fields()), "");
  EXPECT_EQ(shown(splitter.feed("\n\n<think> opens, </think>")), "<think> opens, </think>");
  EXPECT_EQ(shown(splitter.feed(" closes")), " closes");
}

TEST(ThinkTagger, PutsReasoningBetweenTags) {
  ThinkTagger tagger;
  std::string text;
  for (const LlmChunk& chunk : {LlmChunk{"a", true}, LlmChunk{"b", true}, LlmChunk{"c"}, LlmChunk{"d"}})
    for (const LlmChunk& tagged : tagger.tag(chunk)) text += tagged.text;
  EXPECT_EQ(text, "<think>\nab\n</think>\n\ncd");
}

TEST(ThinkTagger, LosesNoToken) {
  ThinkTagger tagger;
  int tokens = 0;
  for (const LlmChunk& chunk : {LlmChunk{"a", false, false, 1}, LlmChunk{"", true, true, 2},
                                LlmChunk{"b", true, false, 4}, LlmChunk{"c", false, false, 8}})
    for (const LlmChunk& tagged : tagger.tag(chunk)) tokens += tagged.tokens;
  EXPECT_EQ(tokens, 15);
}

}  // namespace
}  // namespace wsdeep::wire
