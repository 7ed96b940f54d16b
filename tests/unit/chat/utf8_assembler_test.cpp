#include "chat/utf8_assembler.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/utf8.h"

namespace wsdeep::chat {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// What comes out for `bytes` given in pieces of `size`.
std::string assembled(std::string_view bytes, std::size_t size) {
  Utf8Assembler assembler;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string piece = assembler.feed(bytes.substr(at, size));
    EXPECT_TRUE(is_utf8(piece)) << hex(piece);
    out += piece;
  }
  return out + assembler.finish();
}

TEST(Utf8Assembler, HoldsBackACutSequenceUntilItIsComplete) {
  Utf8Assembler assembler;
  EXPECT_EQ(assembler.feed("a\xF0\x9F"), "a");
  EXPECT_EQ(assembler.feed("\x98"), "");
  EXPECT_EQ(assembler.feed("\x80z"), "\xF0\x9F\x98\x80z");
  EXPECT_EQ(assembler.finish(), "");
}

TEST(Utf8Assembler, GivesGoodTextAsItIsHoweverItIsCut) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 end";
  for (std::size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(assembled(text, size), text) << size;
}

TEST(Utf8Assembler, ReplacesBadBytesIndependentlyOfTheCuts) {
  for (const std::string_view bad : {"a\xFFz", "\xC3(", "\xE2\x82(", "\xED\xA0\x80!", "\xC0\x80", "\x80\x80",
                                     "\xF4\x90\x80\x80.", "\xF0\x9F\x98", "x\xE2\x82"}) {
    const std::string whole = assembled(bad, bad.size());
    EXPECT_NE(whole.find(kReplacement), std::string::npos) << hex(bad);
    for (std::size_t size = 1; size < bad.size(); ++size) EXPECT_EQ(assembled(bad, size), whole) << hex(bad);
  }
}

TEST(Utf8Assembler, ReplacesWhatIsStillCutAtTheEnd) {
  Utf8Assembler assembler;
  EXPECT_EQ(assembler.feed("a\xC3"), "a");
  EXPECT_EQ(assembler.finish(), kReplacement);
  EXPECT_EQ(assembler.finish(), "");
}

}  // namespace
}  // namespace wsdeep::chat
