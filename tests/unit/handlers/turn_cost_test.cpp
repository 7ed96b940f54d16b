// What one turn costs in calls: tables, posts, invocations. The numbers are printed, and pinned: a call more, before
// the first token or at all, is a decision.
#include <iostream>

#include "support/chat_fakes.h"
#include "support/handlers_fixture.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

using Counts = std::map<std::string, int>;

class TurnCost : public testing::HandlersTest {
 protected:
  TurnCost() {
    limits_.heartbeat = std::chrono::hours(1);
    chats_.open("c-1", "u-1");
    connections_.put({"conn", "u-1", "", "d", "dev", "", "c-1", 0, 0});
    cloud_.take_counts();
  }

  /// `message`, with a frame.
  Counts handle(const std::string& body) {
    EXPECT_EQ(chat::handle_frame("conn", body, {connections_, rooms_, chats_, replies_, generations_, clock_}, limits_),
              "");
    return taken("message");
  }
  /// `generate`, with what the frame before has started; the model says two pieces of text.
  Counts generate() {
    llm_.script.clear();
    llm_.text(0, "Hello").text(500, " again").end(600);
    llm_.before_start = [this] { before_first_token_ = taken("generate, before the first token"); };
    const auto event = wire::parse_generate_event(cloud_.take_invocations().at(0));
    auto chats = new_chats();
    chat::generate(event, {connections_, rooms_, chats, replies_, llm_, clock_}, limits_,
                   clock_.steady_now() + std::chrono::minutes(5));
    return taken("generate, from the first token on");
  }
  Counts taken(const char* what) {
    Counts counts = cloud_.take_counts();
    std::cout << what << ":";
    for (const auto& [name, count] : counts) std::cout << ' ' << count << ' ' << name;
    std::cout << '\n';
    return counts;
  }

  chat::Limits limits_;
  testing::ScriptedLlm llm_{clock_};
  Counts before_first_token_;
};

TEST_F(TurnCost, OfOneTurn) {
  EXPECT_EQ(handle(R"({"action":"message","data":{"message":"hi","messageId":"m-1"}})"),
            (Counts{{"GetItem", 1}, {"TransactWriteItems", 1}, {"post", 1}, {"invoke", 1}}));
  EXPECT_EQ(generate(), (Counts{{"TransactWriteItems", 1}, {"post", 4}}));
  EXPECT_EQ(before_first_token_, (Counts{{"UpdateItem", 1}, {"Query", 1}}));
}

TEST_F(TurnCost, OfAQuestionThatIsSentAgain) {
  const std::string frame = R"({"action":"message","data":{"message":"hi","messageId":"m-1"}})";
  handle(frame);
  generate();
  EXPECT_EQ(handle(frame), (Counts{{"GetItem", 2}, {"TransactWriteItems", 1}, {"post", 2}}));
}

}  // namespace
}  // namespace wsdeep::handlers
