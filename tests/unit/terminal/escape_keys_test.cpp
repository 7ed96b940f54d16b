#include "terminal/escape_keys.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

using Pieces = std::vector<KeyPiece>;
constexpr EscapeCommand kNone = EscapeCommand::kNone;

TEST(EscapeKeys, HandsKeysOn) {
  EscapeKeys keys;
  EXPECT_EQ(keys.feed("ls ~/x\r"), (Pieces{{"ls ~/x\r", kNone}}));
  EXPECT_EQ(keys.feed(""), Pieces{});
}

TEST(EscapeKeys, FindsACommandAtTheBeginOfALine) {
  EXPECT_EQ(EscapeKeys().feed("~."), (Pieces{{"", EscapeCommand::kLeave}}));
  EXPECT_EQ(EscapeKeys().feed("ls\r~?x"), (Pieces{{"ls\r", EscapeCommand::kHelp}, {"x", kNone}}));
  EXPECT_EQ(EscapeKeys().feed("\n~\x1a"), (Pieces{{"\n", EscapeCommand::kSuspend}}));
  EXPECT_EQ(EscapeKeys().feed("~r"), (Pieces{{"", EscapeCommand::kRepaint}}));
  EXPECT_EQ(EscapeKeys().feed("a~."), (Pieces{{"a~.", kNone}}));
}

TEST(EscapeKeys, FindsOneThatIsTypedKeyByKey) {
  EscapeKeys keys;
  EXPECT_EQ(keys.feed("\r"), (Pieces{{"\r", kNone}}));
  EXPECT_EQ(keys.feed("~"), Pieces{}) << "nobody knows yet";
  EXPECT_EQ(keys.feed("."), (Pieces{{"", EscapeCommand::kLeave}}));
}

TEST(EscapeKeys, LetsATildeThrough) {
  EXPECT_EQ(EscapeKeys().feed("~~."), (Pieces{{"~.", kNone}}));
  EXPECT_EQ(EscapeKeys().feed("~/bin/x"), (Pieces{{"~/bin/x", kNone}}));
  EXPECT_EQ(EscapeKeys().feed("~\r~."), (Pieces{{"~\r", EscapeCommand::kLeave}}));
}

}  // namespace
}  // namespace wsdeep
