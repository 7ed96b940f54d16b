#include <gtest/gtest.h>

#include "support/chat_frames.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;
using Ids = std::vector<std::string>;

/// `conn` and `conn-2` are alice's, `conn-3` is bob's; all are in the lobby.
class Room : public Frames {
 protected:
  Room() {
    limits.allow_rooms = true;
    connections.records.clear();
    enter("conn", "u-1", "alice");
    enter("conn-2", "u-1", "alice");
    enter("conn-3", "u-3", "bob");
    replies.posts.clear();
  }
  void enter(const std::string& connection_id, const std::string& user_id, const std::string& name) {
    Arrival arrival;
    arrival.connection_id = connection_id;
    arrival.user_id = user_id;
    arrival.user_name = name;
    connect(arrival, {connections, rooms, replies, clock}, chats, limits);
  }
  void say_to(std::string_view recipient, std::string_view content = "hi", std::string_view room = "") {
    handle(encode(wire::RoomFrame{std::string(content), std::string(recipient), std::string(room), std::nullopt}));
  }
  /// Who got the message; the sender's own frames are its acknowledgement.
  Ids recipients_of(std::string_view recipient) {
    say_to(recipient);
    return got<wire::RoomMessage>();
  }
  template <typename Frame>
  Ids got() const {
    Ids out;
    for (const auto& [connection_id, text] : replies.posts)
      if (std::holds_alternative<Frame>(wire::parse_server_frame(text))) out.push_back(connection_id);
    return out;
  }
  std::string error_text() const { return replies.of<wire::ErrorFrame>().at(0).text; }
};

TEST_F(Room, IsDisabledUnlessAllowed) {
  limits.allow_rooms = false;
  EXPECT_EQ(recipients_of("all"), Ids{});
  EXPECT_NE(only<wire::ErrorFrame>().text.find("disabled"), std::string::npos);
  expect_error("Invalid input", "invalid_input");
  for (const std::string& frame :
       {encode(wire::JoinFrame{"ops"}), encode(wire::LeaveFrame{"ops"}), encode(wire::WhoFrame{""})}) {
    handle(frame);
    expect_error("Invalid input", "invalid_input");
  }
}

TEST_F(Room, DeliversToAllOthers) {
  EXPECT_EQ(recipients_of("all"), (Ids{"conn-2", "conn-3"}));
  const auto messages = replies.of<wire::RoomMessage>();
  EXPECT_EQ(messages.front().content, "hi");
  EXPECT_EQ(messages.front().sender, "u-1");
  EXPECT_EQ(messages.front().sender_name, "alice");
  EXPECT_EQ(messages.front().recipient, "all");
  EXPECT_EQ(messages.front().room, "lobby");
  EXPECT_EQ(replies.of<wire::Notice>().front().title, "Message sent");
  EXPECT_EQ(replies.of<wire::Notice>().front().text, "Delivered to 2 connections.");
  EXPECT_TRUE(generations.started.empty());
}

TEST_F(Room, TakesTheSendersNameFromNobodyButTheToken) {
  handle(R"({"action":"message","data":{"content":"hi","recipient":"all","sender":"root","senderName":"root"}})");
  EXPECT_EQ(replies.of<wire::RoomMessage>().front().sender, "u-1");
  EXPECT_EQ(replies.of<wire::RoomMessage>().front().sender_name, "alice");
}

TEST_F(Room, DeliversToAUserOrToAConnectionAndKeepsItForNobody) {
  EXPECT_EQ(recipients_of("u-3"), Ids{"conn-3"});
  EXPECT_EQ(replies.of<wire::RoomMessage>().front().room, "");
  replies.posts.clear();
  EXPECT_EQ(recipients_of("conn-2"), Ids{"conn-2"});
  replies.posts.clear();
  EXPECT_EQ(recipients_of("nobody"), Ids{});
  EXPECT_EQ(only<wire::Notice>().text, "Delivered to 0 connections.");
  EXPECT_FALSE(chats.records.contains("room#lobby"));
}

TEST_F(Room, ForgetsThoseWhoAreGoneAndTellsTheOthers) {
  replies.gone = {"conn-3"};
  EXPECT_EQ(recipients_of("all"), Ids{"conn-2"});
  EXPECT_EQ(replies.of<wire::Notice>().front().text, "Delivered to 1 connection.");
  EXPECT_FALSE(connections.records.contains("conn-3"));
  EXPECT_EQ(rooms.records.at("lobby").size(), 2u);
  EXPECT_EQ(got<wire::Presence>(), (Ids{"conn", "conn-2"}));
  EXPECT_EQ(replies.of<wire::Presence>().front().members, (std::vector<wire::Occupant>{{"u-3", "bob"}}));
}

TEST_F(Room, KeepsOneWhoseHandshakeIsUnderWay) {
  connections.records.at("conn-3").connected_at_ms = epoch_ms(clock.now());
  replies.gone = {"conn-3"};
  EXPECT_EQ(recipients_of("all"), Ids{"conn-2"});
  EXPECT_TRUE(connections.records.contains("conn-3"));
  EXPECT_EQ(rooms.records.at("lobby").size(), 3u);
  replies.posts.clear();
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(recipients_of("all"), Ids{"conn-2"});
  EXPECT_FALSE(connections.records.contains("conn-3"));
  EXPECT_EQ(rooms.records.at("lobby").size(), 2u);
}

TEST_F(Room, TellsNobodyWhenOneOfAUsersConnectionsIsGone) {
  replies.gone = {"conn-2"};
  EXPECT_EQ(recipients_of("all"), Ids{"conn-3"});
  EXPECT_TRUE(got<wire::Presence>().empty());
}

TEST_F(Room, LetsGoOfSomeAtATimeWhenManyAreGone) {
  for (int i = 0; i < 120; ++i) {
    const std::string id = "gone-" + std::to_string(i);
    enter(id, "g" + std::to_string(i), "ghost");
    replies.gone.insert(id);
  }
  say_to("all");
  EXPECT_EQ(rooms.records.at("lobby").size(), 73u);
  say_to("all");
  say_to("all");
  EXPECT_EQ(rooms.records.at("lobby").size(), 3u);
}

TEST_F(Room, DeliversToTheOthersWhenOneFails) {
  replies.before_post = [](const std::string& connection_id, const wire::ServerFrame&) {
    if (connection_id == "conn-2") throw Throttled("throttled");
  };
  recipients_of("all");
  EXPECT_EQ(failure, "throttled");
  EXPECT_EQ(replies.of<wire::RoomMessage>().size(), 1u);
  EXPECT_EQ(replies.of<wire::ErrorFrame>().front().category, "rate_limited");
}

TEST_F(Room, AppliesTheTextRules) {
  say_to("all", " ");
  expect_error("Invalid input", "invalid_input");
  say_to(" ", "x");
  expect_error("Invalid input", "invalid_input");
  for (const std::string& room : {std::string("a b"), std::string("room#lobby"), std::string(65, 'a')}) {
    say_to("all", "x", room);
    expect_error("Invalid input", "invalid_input");
  }
}

TEST_F(Room, IsJoinedAndLeft) {
  handle(encode(wire::JoinFrame{"ops"}));
  EXPECT_EQ(only<wire::Presence>().members, (std::vector<wire::Occupant>{{"u-1", "alice"}}));
  EXPECT_EQ(only<wire::Presence>().event, wire::Presence::Event::kList);
  handle(encode(wire::JoinFrame{"ops"}));
  EXPECT_EQ(rooms.records.at("ops").size(), 1u) << "joined twice, there once";
  replies.posts.clear();
  say_to("all", "hi", "ops");
  EXPECT_TRUE(got<wire::RoomMessage>().empty()) << "the others are not in it";
  handle(encode(wire::LeaveFrame{"ops"}));
  EXPECT_TRUE(rooms.records.at("ops").empty());
  replies.posts.clear();
  handle(encode(wire::LeaveFrame{"ops"}));
  EXPECT_EQ(error_text(), "You are not in the room 'ops'.");
}

TEST_F(Room, IsForThoseWhoAreInIt) {
  const std::string not_in = "You are not in the room 'ops'; join it first.";
  for (const std::string& frame :
       {encode(wire::RoomFrame{"hi", "all", "ops", std::nullopt}), encode(wire::WhoFrame{"ops"}),
        encode(wire::HistoryFrame{50, std::nullopt, "ops"}), encode(wire::CancelFrame{std::nullopt, "ops"})}) {
    handle(frame);
    EXPECT_EQ(error_text(), not_in) << frame;
    replies.posts.clear();
  }
}

TEST_F(Room, SaysWhoIsThereEachOnceByName) {
  enter("a-first", "u-9", "zoe");
  replies.posts.clear();
  handle(encode(wire::WhoFrame{}));
  const auto list = only<wire::Presence>();
  EXPECT_EQ(list.members, (std::vector<wire::Occupant>{{"u-1", "alice"}, {"u-3", "bob"}, {"u-9", "zoe"}}));
  EXPECT_EQ(list.count, 3);
}

TEST_F(Room, TakesNoMoreThanItsShareOfRoomsAndOfMessages) {
  for (std::size_t i = 1; i < kMostRooms; ++i) handle(encode(wire::JoinFrame{"r" + std::to_string(i)}));
  replies.posts.clear();
  handle(encode(wire::JoinFrame{"one-more"}));
  EXPECT_EQ(error_text(), "You are in 16 rooms already; leave one first.");
  replies.posts.clear();
  for (int i = 0; i < kMostRoomMessages; ++i) say_to("all");
  EXPECT_TRUE(replies.of<wire::ErrorFrame>().empty());
  say_to("all");
  EXPECT_EQ(replies.of<wire::ErrorFrame>().at(0).category, "rate_limited");
  clock.advance(kRoomWindow);
  replies.posts.clear();
  say_to("all");
  EXPECT_TRUE(replies.of<wire::ErrorFrame>().empty());
}

TEST_F(Room, KeepsWhatWasSaidAndByWhom) {
  say_to("all", "first");
  clock.advance(std::chrono::milliseconds(1));
  say_to("all", "second");
  replies.posts.clear();
  handle(encode(wire::HistoryFrame{50, std::nullopt, "lobby"}));
  const auto page = only<wire::HistoryPage>();
  ASSERT_EQ(page.messages.size(), 2u);
  EXPECT_EQ(page.chat_id, "room#lobby");
  EXPECT_EQ(page.messages[0].content, "first");
  EXPECT_EQ(page.messages[0].sender_name, "alice");
}

TEST_F(Room, KeepsAMessageBeforeItIsTold) {
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    EXPECT_EQ(chats.contents("room#lobby").size(), 1u);
  };
  say_to("all");
  EXPECT_FALSE(replies.posts.empty());
}

TEST_F(Room, CallsTheModelWhenItIsAddressed) {
  say_to("all", "@model what is a KV cache?");
  ASSERT_EQ(generations.started.size(), 1u);
  EXPECT_EQ(generations.started.front().chat_id, "room#lobby");
  EXPECT_EQ(generations.started.front().connection_id, "room#lobby");
  EXPECT_EQ(got<wire::RoomMessage>(), (Ids{"conn-2", "conn-3"})) << "the question is said as anything else";
  replies.posts.clear();
  say_to("all", "@Model, and now?");
  EXPECT_EQ(replies.of<wire::ErrorFrame>().at(0).category, "busy");
}

TEST_F(Room, AsksTheModelOnceHoweverOftenAQuestionIsSent) {
  const std::string question = encode(wire::RoomFrame{"@model why?", "all", "lobby", "m-1"});
  handle(question);
  handle(question);
  EXPECT_EQ(generations.started.size(), 1u);
  EXPECT_EQ(got<wire::RoomMessage>().size(), 2u) << "told to the two others, once";
  EXPECT_EQ(replies.of<wire::Notice>().back().title, "Message sent");
}

TEST_F(Room, DoesNotCallTheModelForAnythingElse) {
  for (const char* text : {"@model", "@model  ", "@modeling is fun", "ask @model something", "model what?"})
    say_to("all", text);
  EXPECT_TRUE(generations.started.empty());
}

TEST_F(Room, IsFreeAgainWhenTheModelCannotBeCalled) {
  generations.fault = fails("down");
  say_to("all", "@model hello");
  EXPECT_EQ(replies.of<wire::ErrorFrame>().at(0).category, "internal");
  EXPECT_FALSE(chats.at("room#lobby").holder.has_value());
}

/// The model's answer to a room.
class RoomAnswer : public Room {
 protected:
  GenerateReport answer() {
    return generate(generations.started.back(), {connections, rooms, chats, replies, llm, clock}, limits,
                    clock.steady_now() + std::chrono::minutes(10));
  }
  ScriptedLlm llm{clock};
};

TEST_F(RoomAnswer, GoesToEverybodyWhoIsThere) {
  say_to("all", "we talk about caches");
  clock.advance(std::chrono::milliseconds(1));
  say_to("all", "@model what is one?");
  replies.posts.clear();
  llm.text(1, "Memory.").end(2);
  EXPECT_EQ(answer().outcome, "completed");
  EXPECT_EQ(got<wire::Completion>(), (Ids{"conn", "conn-2", "conn-3"}));
  EXPECT_EQ(llm.requests.front().messages, (std::vector<ChatMessage>{{"user", "alice: we talk about caches"},
                                                                     {"user", "alice: @model what is one?"}}));
  EXPECT_EQ(chats.contents("room#lobby").back(), (ChatMessage{"assistant", "Memory."}));
}

TEST_F(RoomAnswer, GoesOnWhileSomebodyIsThereAndEndsWithTheLast) {
  say_to("all", "@model hello");
  replies.gone = {"conn", "conn-2"};
  llm.text(1, "one").text(200, "two").end(400);
  EXPECT_EQ(answer().outcome, "completed");
  EXPECT_EQ(got<wire::Completion>(), Ids{"conn-3"});
  clock.advance(std::chrono::seconds(1));
  replies.gone = {};
  say_to("all", "@model again");
  replies.gone = {"conn", "conn-2", "conn-3"};
  EXPECT_EQ(answer().outcome, "gone");
}

}  // namespace
}  // namespace wsdeep::chat
