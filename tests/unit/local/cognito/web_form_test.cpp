#include "local/cognito/web_form.h"

#include <gtest/gtest.h>

namespace wsdeep::local {
namespace {

TEST(WebForm, ReadsFields) {
  const auto form = WebForm::parse("a=1&b=x%20y+z%26&c&d=");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->text("a"), "1");
  EXPECT_EQ(form->text("b"), "x y z&");
  EXPECT_FALSE(form->has("c"));
  EXPECT_FALSE(form->has("d"));
  EXPECT_FALSE(form->has("e"));
  EXPECT_TRUE(WebForm::parse(""));
}

TEST(WebForm, RefusesWhatNoHonestClientSends) {
  for (const char* bad : {"a=1&a=2", "a=%", "a=%zz", "a=%00", "a=%0d%0aX", "a=%ff", "=1"})
    EXPECT_FALSE(WebForm::parse(bad)) << bad;
  EXPECT_FALSE(WebForm::parse("a=" + std::string(4097, 'x')));
  EXPECT_TRUE(WebForm::parse("a=" + std::string(4096, 'x')));
  std::string many;
  for (int i = 0; i < 33; ++i) many += "f" + std::to_string(i) + "=1&";
  EXPECT_FALSE(WebForm::parse(many));
  EXPECT_FALSE(WebForm::parse(std::string(17 << 10, '&')));
}

}  // namespace
}  // namespace wsdeep::local
