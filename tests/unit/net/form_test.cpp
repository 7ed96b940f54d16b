#include "net/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Form, EncodesWhateverMeansSomething) {
  EXPECT_EQ(encode_form({{"redirect_uri", "http://localhost:8400/a b"}, {"scope", "openid email"}, {"e", ""}}),
            "redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fa%20b&scope=openid%20email&e=");
  EXPECT_EQ(encode_form({}), "");
}

TEST(Form, DecodesWhatItEncodes) {
  const FormFields fields = {{"a&b", "c=d+e"}, {"ü", "100 %"}, {"a&b", "again"}};
  EXPECT_EQ(decode_form(encode_form(fields)), fields);
}

TEST(Form, ReadsPlusAsASpaceAndNamesWithoutAValue) {
  EXPECT_THAT(*decode_form("q=a+b&flag&&x=1=2"), ElementsAre(Pair("q", "a b"), Pair("flag", ""), Pair("x", "1=2")));
  EXPECT_TRUE(decode_form("")->empty());
}

TEST(Form, RefusesABrokenEscape) {
  EXPECT_FALSE(decode_form("a=%2"));
  EXPECT_FALSE(decode_form("%zz=1"));
}

TEST(Form, FindsTheFirstOfSeveral) {
  const FormFields fields = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(field_of(fields, "a"), "1");
  EXPECT_EQ(field_of(fields, "b"), "");
}

}  // namespace
}  // namespace wsdeep::net
