#include "load/report/markup.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wsdeep::load {
namespace {

TEST(Markup, EscapesWhatCouldBeMarkup) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"n1", "n1"},
      {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
      {"\" onmouseover=\"x", "&quot; onmouseover=&quot;x"},
      {"' x='", "&#39; x=&#39;"},
      {"&lt;", "&amp;lt;"},
      {"a\nb\x1b[31m", "a\\nb\\x1b[31m"},
      {"\xe2\x80\xae", "\\u202e"},
      {"\xff\xc0", "\\xff\\xc0"},
      {std::string("\0", 1), "\\x00"},
      {"größer, 漢字", "größer, 漢字"},
  };
  for (const auto& [words, escaped] : kCases) EXPECT_EQ(html_escaped(words), escaped);
}

TEST(Markup, ClosesWhatItOpened) {
  Markup page;
  {
    const auto list = page.open("ul", {{"class", "a\"b"}});
    page.element("li", "1 < 2");
    const auto item = page.open("li");
    page.text("x");
    page.element("span", "y");
  }
  EXPECT_EQ(page.source(), "<ul class=\"a&quot;b\"><li>1 &lt; 2</li>\n<li>x<span>y</span></li>\n</ul>\n");
}

}  // namespace
}  // namespace wsdeep::load
