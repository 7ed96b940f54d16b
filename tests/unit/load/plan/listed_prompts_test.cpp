#include "load/plan/listed_prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/plan/plan.h"
#include "support/memory_files.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::StartsWith;

PromptList listed_in(const std::string& text) {
  return parse_prompts(SourceFile("prompts", text));
}

PromptList shared_in(const std::string& text) {
  return parse_sharegpt(SourceFile("share", text));
}

TEST(PromptFile, HasAPromptOrMessagesOnEachLine) {
  const PromptList list = listed_in(R"({"prompt": "One?"}

{"prompt": "Two?", "max_tokens": 30, "id": 7}
{"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "3?"}, {"role": "assistant", "content": "3"}]}
)");
  EXPECT_THAT(list.conversations, ElementsAre(ListedConversation{"", {"One?"}}, ListedConversation{"", {"Two?"}, 30},
                                              ListedConversation{"S", {"3?"}}));
  EXPECT_THAT(list.notes, ElementsAre("prompts: 1 answer was left out: the target gives its own"));
}

TEST(ShareGpt, AsksWhatHumansAsked) {
  const PromptList list = shared_in(
      R"([{"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"},
                                        {"from": "human", "value": "And?"}]},
          {"id": "b", "conversations": [{"from": "system", "value": "S"}, {"from": "user", "value": "[\"]}"}]}])");
  EXPECT_THAT(list.conversations,
              ElementsAre(ListedConversation{"", {"Hi", "And?"}}, ListedConversation{"S", {"[\"]}"}}));
  EXPECT_THAT(list.notes, ElementsAre("share: 1 answer was left out: the target gives its own"));
}

TEST(ShareGpt, CountsWhatItLeavesOut) {
  const PromptList list = shared_in(
      R"([{"conversations": []},
          {"conversations": [{"from": "gpt", "value": "Hello"}, {"from": "gpt", "value": "Hello?"}]},
          {"conversations": [{"from": "human", "value": " \n"}, {"from": "tool", "value": "x"},
                             {"from": "human", "value": "Yes"}]}])");
  EXPECT_THAT(list.conversations, ElementsAre(ListedConversation{"", {"Yes"}}));
  EXPECT_THAT(list.notes, ElementsAre("share: 2 conversations were left out: no question in them",
                                      "share: 1 message was left out: nothing in them",
                                      "share: 1 message was left out: neither a user's, a model's nor the system's",
                                      "share: 2 answers were left out: the target gives its own"));
}

struct BrokenList {
  std::string bytes;
  std::string said;
};

template <typename Parse>
void expect_faults(Parse parse, const std::vector<BrokenList>& table) {
  for (const BrokenList& row : table) {
    try {
      parse(row.bytes);
      ADD_FAILURE() << row.bytes;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), row.said) << row.bytes;
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    }
  }
}

TEST(PromptFile, SaysWhereItIsWrong) {
  const std::string messages = "'messages' must be objects with a text ";
  expect_faults(listed_in,
                {
                    {"", "prompts: there is nothing in this file"},
                    {"Hello?\n", "prompts:1:1: not JSON"},
                    {"\"Hello?\"\n", "prompts:1:1: expected an object"},
                    {"{}", "prompts:1:1: expected either a 'prompt' or 'messages'"},
                    {"{\"prompt\":\"a\"}\n{\"prompt\":\"a\",\"messages\":[]}",
                     "prompts:2:1: expected either a 'prompt' or 'messages'"},
                    {"{\"prompt\":5}", "prompts:1:2: 'prompt' must be a text"},
                    {"{\"prompt\":\" \"}", "prompts:1:2: there is no question in it"},
                    {"{\"messages\":{}}", "prompts:1:2: 'messages' must be a list"},
                    {"{\"messages\":[]}", "prompts:1:2: there is no question in it"},
                    {"{\"messages\":[5]}", "prompts:1:2: " + messages + "'role'"},
                    {"{\"messages\":[{\"role\":\"user\"}]}", "prompts:1:2: " + messages + "'content'"},
                    {"{\"messages\":[{\"role\":\"user\",\"content\":[]}]}", "prompts:1:2: " + messages + "'content'"},
                    {"{\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]}",
                     "prompts:1:2: a role must be user, system or assistant, got 'tool'"},
                    {"{\"messages\":[{\"role\":\"\\u001b[2J\",\"content\":\"a\"}]}",
                     "prompts:1:2: a role must be user, system or assistant, got '\\x1b[2J'"},
                    {"{\"prompt\":\"a\",\"max_tokens\":0}",
                     "prompts:1:15: 'max_tokens' must be a whole number from 1 to 1000000"},
                    {"{\"prompt\":\"a\",\"max_tokens\":\"5\"}",
                     "prompts:1:15: 'max_tokens' must be a whole number from 1 to 1000000"},
                    {"{\"prompt\":\"\xFF\"}", "prompts:1:12: the text is no UTF-8 here"},
                    {"{\"prompt\":\"\\ud800\"}", "prompts:1:18: not JSON"},
                });
}

TEST(ShareGpt, SaysWhereItIsWrong) {
  const std::string conversations = "'conversations' must be objects with a text ";
  expect_faults(
      shared_in,
      {
          {"[]", "share: there is no question in this file"},
          {"[{\"conversations\":[]}]", "share: there is no question in this file"},
          {"[{}]", "share:1:2: 'conversations' is missing: expected a list"},
          {"[{\"conversations\":5}]", "share:1:3: 'conversations' must be a list"},
          {"[\n {\"conversations\":[{}]}]", "share:2:3: " + conversations + "'from'"},
          {"[{\"conversations\":[{\"from\":\"human\",\"value\":null}]}]", "share:1:3: " + conversations + "'value'"},
          {"[{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"}]}", "share:1:50: the file ends within its list"},
          {"[{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"}]} {}]", "share:1:51: not JSON"},
      });
}

TEST(ListedPrompts, AskOneConversationAfterAnotherAndBeginAgain) {
  const ListedPrompts prompts({{"S", {"a", "b"}}, {"", {"c"}, 30}}, {.lengths = Lengths(9)});
  EXPECT_EQ(prompts.turns(0), 2);
  EXPECT_EQ(prompts.turns(1), 1);
  EXPECT_EQ(prompts.turns(2), 2);
  EXPECT_EQ(prompts.prompt({}, 0, 1).text, "b");
  EXPECT_EQ(prompts.prompt({}, 2, 0).system, "S");
  EXPECT_EQ(prompts.prompt({}, 2, 0).max_tokens, 9);
  EXPECT_EQ(prompts.prompt({}, 3, 0).text, "c");
  EXPECT_EQ(prompts.prompt({}, 3, 0).max_tokens, 30);
}

TEST(ListedPlan, SaysWhatIsAskedAgain) {
  const testing::MemoryFiles files(std::map<std::filesystem::path, std::string>{{"p.jsonl", R"({"prompt":"One?"})"}});
  const Plan plan = make_plan({.rate = "1/s", .arrivals = "constant", .duration = "3s", .prompts = "p.jsonl"}, files);
  EXPECT_EQ(plan.prompts_in_words, "1 conversation of p.jsonl, new ones (seed 1)");
  EXPECT_THAT(plan.notes,
              ElementsAre("p.jsonl: 1 question for 3 turns: they are asked again, and prefix caches know them then"));
  EXPECT_EQ(make_plan({.requests = 2, .concurrency = 1, .prompts = "p.jsonl"}, files).notes.size(), 1u);
  const std::string text = plan.prompts->prompt({}, 0, 0).text;
  EXPECT_THAT(text, StartsWith("run "));
  EXPECT_THAT(text, EndsWith(": One?"));
  const Plan same =
      make_plan({.requests = 1, .output_tokens = "50", .prompts = "p.jsonl", .same_prompts = true}, files);
  EXPECT_EQ(same.prompts_in_words, "1 conversation of p.jsonl, 50 asked for, the same ones (seed 1)");
  EXPECT_EQ(same.prompts->prompt({}, 0, 0).text, "One?");
  EXPECT_EQ(same.prompts->prompt({}, 0, 0).max_tokens, 50);
  EXPECT_THAT(same.notes, IsEmpty());
}

}  // namespace
}  // namespace wsdeep::load
