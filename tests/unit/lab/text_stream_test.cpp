#include "lab/text_stream.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

TEST(TextStream, KeepsTheBeginningOfACharacterUntilItIsWhole) {
  TextStream stream;
  EXPECT_EQ(stream.feed("a\xE2\x82"), "a");
  EXPECT_EQ(stream.feed("\xAC"), "€");
  EXPECT_EQ(stream.feed("\xF0\x9F"), "");
  EXPECT_EQ(stream.feed("\x98\x80z"), "😀z");
}

TEST(TextStream, GivesTheSameHoweverTheBytesAreCut) {
  const std::string bytes = "x\xFFy\xC3\xA4\xE2\x82z\xF0\x9F\x98\x80\xC0\xAF";
  TextStream whole;
  const std::string expected = whole.feed(bytes) + whole.finish();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    TextStream stream;
    std::string text = stream.feed(bytes.substr(0, cut));
    text += stream.feed(bytes.substr(cut));
    EXPECT_EQ(text + stream.finish(), expected) << cut;
  }
}

TEST(TextStream, ReplacesWhatIsNoText) {
  TextStream stream;
  EXPECT_EQ(stream.feed("a\xFF\xFE"), "a\uFFFD\uFFFD");
  EXPECT_EQ(stream.feed("\xE2"), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(WholePrefix, EndsWithAWholeCharacter) {
  EXPECT_EQ(whole_prefix("ab", 5), "ab");
  EXPECT_EQ(whole_prefix("aäb", 2), "a");
  EXPECT_EQ(whole_prefix("aäb", 3), "aä");
}

}  // namespace
}  // namespace wsdeep::lab
