#include "chat/rest_chat.h"

#include <gtest/gtest.h>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using testing::ManualClock;
using testing::ScriptedLlm;

/// The table in memory.
class MemoryRestChats final : public RestChats {
 public:
  explicit MemoryRestChats(const Clock& clock) : clock_(clock) {}

  std::optional<RestChat> find(std::string_view id, std::string_view user_id) override {
    const auto found = items.find(std::string(id));
    if (found == items.end() || found->second.user_id != user_id) return std::nullopt;
    return found->second;
  }
  bool create(const RestChat& chat) override { return items.emplace(chat.id, chat).second; }
  Taken take(const RestChat& seen, const RestChat& with_turn) override {
    if (before_take) std::exchange(before_take, nullptr)();
    const auto there = find(seen.id, seen.user_id);
    if (!there) return Taken::kNoChat;
    if (!there->turn_id.empty() && there->turn_until_ms >= epoch_ms(clock_.now())) return Taken::kBusy;
    if (there->version != seen.version) return Taken::kChanged;
    items[seen.id] = with_turn;
    return Taken::kTaken;
  }
  bool renew(const RestChat& chat, std::int64_t until_ms) override {
    if (!holds(chat)) return false;
    items[chat.id].turn_until_ms = until_ms;
    ++renewals;
    return true;
  }
  bool finish(const RestChat& chat, const RestEnd& end) override {
    if (broken) throw Error(ErrorKind::kFailure, "table failed");
    if (!holds(chat)) return false;
    RestChat& item = items[chat.id];
    if (end.answer) item.messages.push_back(*end.answer);
    if (!end.sticky_cookie.empty()) item.sticky_cookie = end.sticky_cookie;
    item.updated_at = end.updated_at;
    item.turn_id.clear();
    return true;
  }
  std::optional<Page> list(std::string_view, int, std::string_view) override { return Page{}; }
  bool remove(std::string_view id, std::string_view) override { return items.erase(std::string(id)) > 0; }

  bool holds(const RestChat& chat) { return items.contains(chat.id) && items[chat.id].turn_id == chat.turn_id; }

  std::map<std::string, RestChat> items;
  std::function<void()> before_take;
  int renewals = 0;
  bool broken = false;

 private:
  const Clock& clock_;
};

class Heard final : public RestListener {
 public:
  bool begun(const RestChat& chat) override { return note("begun " + chat.title); }
  bool text(std::string_view piece, bool reasoning) override {
    return note((reasoning ? "think " : "text ") + std::string(piece));
  }
  bool was_reasoning() override { return note("was_reasoning"); }
  bool begun_anew() override { return note("anew"); }
  bool alive() override { return note("alive"); }
  bool listens() override { return !gone; }

  bool note(std::string what) {
    all.push_back(std::move(what));
    if (all.back() == leaves_at) gone = true;
    return !gone;
  }
  std::vector<std::string> all;
  std::string leaves_at;
  bool gone = false;
};

class RestChatTest : public ::testing::Test {
 protected:
  RestAnswer ask(std::string prompt, std::optional<std::string> chat_id = std::nullopt, std::string user = "u-1") {
    return rest_ask({std::move(user), std::move(prompt), std::move(chat_id), {}}, {chats_, llm_, clock_}, limits_,
                    clock_.steady_now() + patience_, heard_);
  }
  RestRefusal refused(const std::string& prompt, std::optional<std::string> chat_id = std::nullopt,
                      const std::string& user = "u-1") {
    try {
      ask(prompt, std::move(chat_id), user);
    } catch (const RestRefusal& refusal) {
      return refusal;
    }
    ADD_FAILURE() << "not refused";
    return {};
  }
  RestChat only() const { return chats_.items.begin()->second; }

  ManualClock clock_;
  MemoryRestChats chats_{clock_};
  ScriptedLlm llm_{clock_};
  Limits limits_;
  Heard heard_;
  std::chrono::milliseconds patience_{28'000};
};

TEST_F(RestChatTest, KeepsQuestionAndAnswer) {
  llm_.think(5, "hm").text(10, " Hello").text(20, " you").end(30);
  const RestAnswer answer = ask("Hi\nthere");
  EXPECT_EQ(answer.response, "Hello you");
  EXPECT_EQ(answer.chat.title, "Hi");
  EXPECT_EQ(answer.chat.created_at, "2023-11-14T22:13:20Z");
  EXPECT_EQ(answer.chat.messages, (std::vector<RestMessage>{{"user", "Hi\nthere"}, {"assistant", "Hello you"}}));
  EXPECT_EQ(answer.ttft_ms, 5);
  EXPECT_TRUE(answer.stored);
  EXPECT_EQ(only().messages, answer.chat.messages);
  EXPECT_EQ(only().sticky_cookie, "lb=1");
  EXPECT_EQ(only().turn_id, "");
  EXPECT_EQ(heard_.all, (std::vector<std::string>{"begun Hi", "think hm", "text  Hello", "text  you"}));
}

TEST_F(RestChatTest, AsksWithTheWholeTurnsBefore) {
  RestChat chat;
  chat.messages = {{"user", "q1"}, {"assistant", "a1"}, {"user", "never answered"},
                   {"user", "q2"}, {"assistant", "a2"}, {"user", "now"}};
  limits_.system_prompt = "be brief";
  const std::vector<ChatMessage> all = {{"system", "be brief"}, {"user", "q1"},      {"assistant", "a1"},
                                        {"user", "q2"},         {"assistant", "a2"}, {"user", "now"}};
  EXPECT_EQ(rest_conversation(chat, limits_), all);
  limits_.max_history_characters = 8;
  EXPECT_EQ(rest_conversation(chat, limits_), (std::vector<ChatMessage>{all[0], all[3], all[4], all[5]}));
}

TEST_F(RestChatTest, RefusesWhatIsNoQuestion) {
  EXPECT_EQ(refused("").error, "Field 'prompt' is required");
  EXPECT_EQ(refused(" \n").error, "Field 'prompt' is required");
  EXPECT_EQ(refused(std::string(100'001, 'x')).status, 400);
  EXPECT_EQ(refused("x", "none").status, 404);
  EXPECT_TRUE(chats_.items.empty());
}

TEST_F(RestChatTest, KnowsOnlyTheUsersOwn) {
  llm_.text(1, "a").end(2);
  const std::string id = ask("q").chat.id;
  EXPECT_EQ(refused("q", id, "u-2").status, 404);
  EXPECT_EQ(ask("again", id).chat.messages.size(), 4u);
}

TEST_F(RestChatTest, RefusesASecondTurnAtOnceUntilTheFirstHasDied) {
  llm_.text(1, "a").end(2);
  const std::string id = ask("q").chat.id;
  chats_.items[id].turn_id = "other";
  chats_.items[id].turn_until_ms = epoch_ms(clock_.now()) + 1000;
  EXPECT_EQ(refused("q", id).status, 409);
  EXPECT_EQ(only().messages.size(), 2u);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(ask("q", id).chat.messages.size(), 4u);
}

TEST_F(RestChatTest, LooksAgainAtAChatThatChanged) {
  llm_.text(1, "a").end(2);
  const std::string id = ask("q").chat.id;
  chats_.before_take = [&] {
    chats_.items[id].messages.push_back({"user", "meanwhile"});
    ++chats_.items[id].version;
  };
  EXPECT_EQ(ask("q2", id).chat.messages.size(), 5u);
}

TEST_F(RestChatTest, KeepsWhatTherWasWhenTheModelFails) {
  llm_.text(1, "half ").fail(2, "llm_unavailable");
  const RestRefusal refusal = refused("q");
  EXPECT_EQ(refusal.status, 500);
  EXPECT_EQ(refusal.error, "Internal server error");
  EXPECT_EQ(refusal.chat_id, only().id);
  EXPECT_EQ(only().messages, (std::vector<RestMessage>{{"user", "q"}, {"assistant", "half", true}}));
  EXPECT_EQ(only().turn_id, "");
}

TEST_F(RestChatTest, StopsTheModelWhenNobodyListens) {
  llm_.text(1, "one ").text(2'000, "two ").text(60'000, "three").end(70'000);
  heard_.leaves_at = "text one ";
  refused("q");
  EXPECT_EQ(llm_.cancelled, 1);
  EXPECT_EQ(only().messages.back(), (RestMessage{"assistant", "one", true}));
}

TEST_F(RestChatTest, SaysThatItIsAliveWhileTheModelThinks) {
  limits_.first_text_timeout = std::chrono::seconds(60);
  llm_.text(12'000, "late").end(12'001);
  EXPECT_EQ(ask("q").response, "late");
  EXPECT_EQ(heard_.all, (std::vector<std::string>{"begun q", "alive", "alive", "text late"}));
  EXPECT_EQ(chats_.renewals, 2);
}

TEST_F(RestChatTest, EndsBeforeItsDeadline) {
  limits_.first_text_timeout = std::chrono::seconds(600);
  const RestRefusal refusal = refused("q");
  EXPECT_NE(refusal.cause.find("llm_timeout"), std::string::npos);
  EXPECT_EQ(only().messages.size(), 1u);
  EXPECT_EQ(only().turn_id, "");
}

TEST_F(RestChatTest, TellsAnAnswerThatCannotBeKept) {
  llm_.text(1, "a").end(2);
  chats_.broken = true;
  const RestAnswer answer = ask("q");
  EXPECT_EQ(answer.response, "a");
  EXPECT_FALSE(answer.stored);
  EXPECT_EQ(answer.cause, "cannot store the answer: table failed");
}

TEST_F(RestChatTest, SaysWhyAnAnswerIsNotKeptInAChatThatWasDeleted) {
  llm_.text(1, "a").end(2);
  llm_.before_start = [&] { chats_.items.clear(); };
  const RestAnswer answer = ask("q");
  EXPECT_FALSE(answer.stored);
  EXPECT_EQ(answer.cause, "cannot store the answer: another turn has the chat, or it was deleted");
}

TEST_F(RestChatTest, KeepsWhatThereWasWhenTheNextNodeSaysNothing) {
  llm_.text(1, "first half").hand_over(2);
  llm_.before_start = [&] {
    if (llm_.requests.size() == 1) llm_.script.clear(), llm_.fail(1, "llm_unavailable");
  };
  refused("q");
  EXPECT_EQ(heard_.all.back(), "anew");
  EXPECT_EQ(only().messages.back(), (RestMessage{"assistant", "first half", true}));
}

TEST_F(RestChatTest, ForgetsWhatThereWasWhenTheNextNodeSpeaks) {
  llm_.text(1, "first half").hand_over(2);
  llm_.before_start = [&] {
    if (llm_.requests.size() == 1) llm_.script.clear(), llm_.text(1, "other").fail(2, "llm_unavailable");
  };
  refused("q");
  EXPECT_EQ(only().messages.back(), (RestMessage{"assistant", "other", true}));
}

TEST_F(RestChatTest, AnAnswerOfNothingIsNotMadeOfWhatWasVoid) {
  llm_.text(1, "first half").hand_over(2);
  llm_.before_start = [&] {
    if (llm_.requests.size() == 1) llm_.script.clear(), llm_.end(1);
  };
  EXPECT_EQ(ask("q").response, "");
}

TEST_F(RestChatTest, NamesWhoseChatItIs) {
  llm_.text(1, "a").end(2);
  const std::string id = ask("q").chat.id;
  EXPECT_EQ(llm_.requests.at(0).session_id, id);
  EXPECT_EQ(llm_.requests.at(0).session_owner, "rest\nu-1");
}

TEST_F(RestChatTest, DropsWhatTurnsOutToBeReasoning) {
  LlmChunk mark;
  mark.was_reasoning = true;
  llm_.text(1, "thoughts").chunk(2, mark).text(3, "answer").end(4);
  EXPECT_EQ(ask("q").response, "answer");
}

TEST_F(RestChatTest, BoundsAChat) {
  llm_.text(1, std::string(90'000, 'a')).end(2);
  const std::string id = ask(std::string(100'000, 'q')).chat.id;
  const RestAnswer second = ask(std::string(100'000, 'q'), id);
  EXPECT_EQ(second.chat.messages.size(), 4u);
  EXPECT_NE(refused("q", id).error.find("full"), std::string::npos);
}

}  // namespace
}  // namespace wsdeep::chat
