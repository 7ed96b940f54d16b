#include "wire/lambda.h"

#include <gtest/gtest.h>

namespace wsdeep::wire {
namespace {

TEST(FunctionError, HasTheRuntimeApisShape) {
  EXPECT_EQ(encode(FunctionError{"it broke", "Function.Broken"}),
            R"({"errorMessage":"it broke","errorType":"Function.Broken","stackTrace":[]})");
}

TEST(FunctionError, RoundTrips) {
  const FunctionError error = parse_function_error(encode(FunctionError{"a \"b\"\n", "Runtime.ExitError"}));
  EXPECT_EQ(error.message, "a \"b\"\n");
  EXPECT_EQ(error.type, "Runtime.ExitError");
}

TEST(FunctionError, KeepsWhatItCannotReadAsTheMessage) {
  for (const char* body : {"", "segfault", "[]", R"({"errorMessage":3})", R"({"errorType":"x"})", "\xFF"}) {
    const FunctionError error = parse_function_error(body);
    EXPECT_EQ(error.message, body);
    EXPECT_EQ(error.type, "");
  }
}

}  // namespace
}  // namespace wsdeep::wire
