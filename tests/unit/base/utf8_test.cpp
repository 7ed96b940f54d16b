#include "base/utf8.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace wsdeep {
namespace {

TEST(Utf8, AcceptsEveryLengthAndRefusesWhatRfc3629Refuses) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* bad :
       {"\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82", "\xFF"})
    EXPECT_FALSE(is_utf8(bad)) << hex(bad);
}

TEST(Utf8, SeesEveryByteOfAText) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    text[at] = '\xFF';
    EXPECT_FALSE(is_utf8(text)) << at;
    text.replace(at, 1, "\xC3\xA9");
    EXPECT_TRUE(is_utf8(text)) << at;
  }
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(utf8_length("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 4u);
}

TEST(Utf8, CutsBetweenCodePoints) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  const std::size_t cut_at[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t most = 0; most < std::size(cut_at); ++most)
    EXPECT_EQ(utf8_cut(text, most), text.substr(0, cut_at[most])) << most;
}

TEST(Utf8, AppendsCodePointsOfEveryLength) {
  std::string text;
  for (const std::uint32_t code : {0x41u, 0xE9u, 0x20ACu, 0x1F600u, 0x10FFFFu}) append_utf8(text, code);
  EXPECT_EQ(text, "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF");
}

TEST(Utf8, ReplacesWhatIsNotWellFormed) {
  const std::pair<const char*, const char*> cases[] = {
      {"ok é 🦀", "ok é 🦀"}, {"\xF0\x9F", "\uFFFD"},       {"\xF0\x9F\xA6x", "\uFFFDx"},
      {"\xFF\xFE", "\uFFFD\uFFFD"}, {"\xC0\xAF", "\uFFFD\uFFFD"}, {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"a\x80", "a\uFFFD"},
  };
  for (const auto& [text, mended] : cases) EXPECT_EQ(well_formed_utf8(text), mended);
}

TEST(Utf8, TellsWhichBytesWaitForMore) {
  for (const auto& [text, count] : std::initializer_list<std::pair<const char*, std::size_t>>{{"", 0},
                                                                                              {"abc", 0},
                                                                                              {"\xC3", 1},
                                                                                              {"a\xE2\x82", 2},
                                                                                              {"\xF0\x9F\x98", 3},
                                                                                              {"\xC3\xA4", 0},
                                                                                              {"\xF0\x9F\x98\x80", 0},
                                                                                              {"\x80", 0},
                                                                                              {"\xE0\x80", 0},
                                                                                              {"\xFF", 0}})
    EXPECT_EQ(unfinished_utf8(text), count) << text;
}

}  // namespace
}  // namespace wsdeep
