#include "commands/parameter_option.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

TEST(ParameterOptionTest, SaysWhichParametersThereAreOfOneThatIsNone) {
  GenerationParameters parameters;
  try {
    set_parameter(parameters, "temp=1");
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown parameter 'temp'");
    EXPECT_EQ(error.hint(),
              "there are: temperature, maxTokens, topP, topK, presencePenalty, frequencyPenalty, repetitionPenalty, "
              "seed, stop");
  }
}

}  // namespace
}  // namespace wsdeep::commands
