#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/chat_fakes.h"

namespace wsdeep::testing {

/// A client `conn` of user `u-1` in chat `c-1`; somebody else's chat is `theirs`.
class Frames : public ::testing::Test {
 protected:
  Frames() {
    chats.open("c-1", "u-1");
    chats.open("c-2", "u-1");
    chats.open("theirs", "u-2");
    connections.put({"conn", "u-1", "", "d", "s", "", "c-1", 0, 0});
  }

  void handle(std::string_view body) {
    failure = chat::handle_frame("conn", body, {connections, rooms, chats, replies, generations, clock}, limits);
  }
  void say(std::string_view text) {
    wire::MessageFrame frame;
    frame.text = text;
    handle(encode(frame));
  }
  /// The one frame that answers, which must be of that kind.
  template <typename Frame>
  Frame only() {
    const auto frames = replies.of<Frame>();
    EXPECT_EQ(replies.posts.size(), 1u);
    EXPECT_EQ(frames.size(), 1u);
    return frames.empty() ? Frame{} : frames.front();
  }
  void expect_error(std::string_view title, std::string_view category) {
    const auto error = only<wire::ErrorFrame>();
    EXPECT_EQ(error.title, title);
    EXPECT_EQ(error.category, category);
    EXPECT_NE(error.text, "");
    EXPECT_EQ(error.timestamp_ms, epoch_ms(clock.now()));
    replies.posts.clear();
  }
  void expect_notice(std::string_view title) {
    EXPECT_EQ(only<wire::Notice>().title, title);
    replies.posts.clear();
  }
  bool is_busy() { return chats.at("c-1").holder.has_value(); }

  ManualClock clock;
  MemoryConnections connections;
  MemoryRooms rooms{connections};
  MemoryChats chats{clock};
  RecordingReplies replies;
  RecordingGenerations generations;
  chat::Limits limits;
  std::string failure;  ///< of a port, that the client was told
};

}  // namespace wsdeep::testing
