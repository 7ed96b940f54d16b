#include "base/printable.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

using namespace std::string_literals;

TEST(PrintableTest, LeavesTextAlone) {
  EXPECT_EQ(printable("Grüße, 世界 🎉 'a\\b'"), "Grüße, 世界 🎉 'a\\b'");
  EXPECT_EQ(printable(""), "");
}

TEST(PrintableTest, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("em\x1b[31mail"), "em\\x1b[31mail");
  EXPECT_EQ(printable("a\r\n\tb\0"s), "a\\r\\n\\tb\\x00");
  EXPECT_EQ(printable("a\x7f"), "a\\x7f");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31m"),
            "a\\x9b31m");
  EXPECT_EQ(printable("ab\u202e\u2028\u2066"), "ab\\u202e\\u2028\\u2066");
}

TEST(PrintableTest, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff\xfe"
                      "a\0"s),
            "\\xff\\xfea\\x00");
  EXPECT_EQ(printable("caf\xc3"), "caf\\xc3");
}

TEST(PrintableTest, KeepsLinesWhereTheyAreMeant) {
  EXPECT_EQ(printable_lines("line 1\n\t^ here\x1b[2J\r\n"), "line 1\n\t^ here\\x1b[2J\\r\n");
}

TEST(StripControl, KeepsTabAndNewlineOnly) {
  EXPECT_EQ(strip_control("a\tb\nc\rd\x1b[31m\x7f\xC2\x9B\xC2\xA9"), "a\tb\ncd[31m\xC2\xA9");
}

}  // namespace
}  // namespace wsdeep
