// How lines become settings, and the words for what does not. What botocore makes of the same is in the corpus of
// tests/integration/aws_settings.

#include "aws/ini.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::aws {
namespace {

/// `[header] name@line=<value> name@line{nested=<value>} …`, or the refusal.
std::string read(std::string_view text) {
  try {
    std::string out;
    for (const IniSection& section : parse_ini(text, "f")) {
      out += fmt::format("{}[{}]", out.empty() ? "" : " ", section.header);
      for (const IniSetting& one : section.settings) {
        std::string nested;
        for (const IniNested& inner : one.nested) nested += fmt::format("{}=<{}>", inner.name, inner.value);
        const std::string on = one.continued_line == 0 ? "" : fmt::format("+{}", one.continued_line);
        out += fmt::format(" {}@{}{}", one.name, one.line,
                           nested.empty() ? fmt::format("=<{}>{}", one.value, on) : "{" + nested + "}");
      }
    }
    return out;
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ParseIni, ReadsLinesAsConfigparserDoes) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"[a]", "[a]"},
      {"[a]\nX = 1\ny:2\nz = = :", "[a] x@2=<1> y@3=<2> z@4=<= :>"},
      {"[a]\n  x = 1\n  y = 2\n", "[a] x@2=<1> y@3=<2>"},
      {"[a]\n  x = 1\n y = 2\n", "[a] x@2=<1> y@3=<2>"},
      {"[a]\nx = 1\n  y = 2\nz = 3", "[a] x@2=<1>+3 z@4=<3>"},
      {"[a]\nx = 1\n\n# c\n  y = 2\n", "[a] x@2=<1>+5"},
      {"[a]\nx =\n  y = 2\n\n  # c\n    Z=3\nw = 4", "[a] x@2{y=<2>Z=<3>} w@7=<4>"},
      {"[a]\nx = 1\n [b]\ny = 2", "[a] x@2=<1>+3 y@4=<2>"},
      {"[a]\n [b]\ny = 2", "[a] [b] y@3=<2>"},
      {"[a]b] c\nx = 1 # d", "[a]b] x@2=<1 # d>"},
      {"[a]\r\nx = 1\r\ry = 2\n", "[a] x@2=<1> y@4=<2>"},
      {"[a]\n\u00a0x\u3000=\u20031\n", "[a] x@2=<1>"},
      {"; c\n#\n  [a]\n", "[a]"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(read(text), expected) << text;
}

TEST(ParseIni, NamesTheLineThatIsWrong) {
  const std::pair<std::string_view, const char*> table[] = {
      {"[a\n", "f:1: the section's ']' is missing"},
      {"[]\n", "f:1: a section without a name"},
      {"[DEFAULT]\n", "f:1: [DEFAULT] gives its settings to every section, in some tools only"},
      {"[a]\n[b]\n[a]\n", "f:3: [a] is there twice, first in line 1"},
      {"x = 1\n", "f:1: a setting before any [section]"},
      {"[a]\n\nnonsense\n", "f:3: expected 'name = value'"},
      {"[a]\n= 1\n", "f:2: expected 'name = value'"},
      {"[a]\nx = 1\nX = 2\n", "f:3: 'x' is there twice, first in line 2"},
      {"[a]\nx =\n  y\n", "f:3: expected 'name = value' below 'x'"},
      {"[a]\nx = \x01\n", "f:2: a control character"},
      {std::string_view("[a]\nx = \0\n", 10), "f:2: a control character"},
      {"\xef\xbb\xbf[a]\n", "f:1: the file starts with a byte order mark, which AWS's own tools refuse"},
      {"[a]\n\xef\xbb\xbfx = 1\n", "f:2: an invisible character: a line separator or byte order mark"},
      {"[a]\nx = \xff\n", "f: the file is not UTF-8 text"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(read(text), expected) << text;
}

TEST(IniWords, UnquoteAsAShellDoes) {
  using Words = std::vector<std::string>;
  const std::pair<const char*, Words> table[] = {{"profile dev", {"profile", "dev"}},
                                                 {"  profile\t dev ", {"profile", "dev"}},
                                                 {"profile \"my name\"", {"profile", "my name"}},
                                                 {"profile 'my \"name\\'", {"profile", "my \"name\\"}},
                                                 {"profile my\\ name", {"profile", "my name"}},
                                                 {R"(profile "a\"b\\c\d")", {"profile", R"(a"b\c\d)"}},
                                                 {"profile a'b c'd", {"profile", "ab cd"}},
                                                 {"profile ''", {"profile", ""}},
                                                 {"profile \"dev", {}},
                                                 {"profile dev\\", {}}};
  for (const auto& [text, expected] : table) EXPECT_EQ(ini_words(text), expected) << text;
}

}  // namespace
}  // namespace wsdeep::aws
