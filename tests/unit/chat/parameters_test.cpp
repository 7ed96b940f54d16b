#include "chat/parameters.h"

#include <gtest/gtest.h>

namespace wsdeep::chat {
namespace {

using Adjusted = std::vector<std::string>;

TEST(ClampParameters, LeavesWhatIsInRange) {
  GenerationParameters parameters;
  EXPECT_EQ(clamp_parameters(parameters), Adjusted{});
  EXPECT_EQ(parameters, GenerationParameters{});

  for (const bool low : {true, false}) {
    parameters.temperature = low ? 0 : 2;
    parameters.max_tokens = low ? 1 : 4096;
    parameters.top_p = low ? 0.001 : 1;
    parameters.top_k = low ? 1 : 100;
    parameters.presence_penalty = low ? -2 : 2;
    parameters.frequency_penalty = 0;
    parameters.repetition_penalty = low ? 0.001 : 2;
    parameters.stop = {"a", "b", "c", "d", "e"};
    parameters.seed = low ? INT64_MIN : INT64_MAX;
    const GenerationParameters before = parameters;
    EXPECT_EQ(clamp_parameters(parameters), Adjusted{});
    EXPECT_EQ(parameters, before);
  }
}

TEST(ClampParameters, BringsDownWhatIsTooLarge) {
  GenerationParameters parameters;
  parameters.temperature = 9;
  parameters.max_tokens = 5000;
  parameters.top_p = 1.5;
  parameters.top_k = 101;
  parameters.presence_penalty = 3;
  parameters.frequency_penalty = 2.5;
  parameters.repetition_penalty = 2.1;
  parameters.stop = {"a", "b", "c", "d", "e", "f"};
  EXPECT_EQ(clamp_parameters(parameters),
            (Adjusted{"temperature: 9 → 2", "maxTokens: 5000 → 4096", "topP: 1.5 → 1", "topK: 101 → 100",
                      "presencePenalty: 3 → 2", "frequencyPenalty: 2.5 → 2", "repetitionPenalty: 2.1 → 2",
                      "stop: 6 texts → 5"}));
  EXPECT_EQ(parameters.temperature, 2);
  EXPECT_EQ(parameters.max_tokens, 4096);
  EXPECT_EQ(parameters.stop, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST(ClampParameters, BringsUpWhatIsTooSmall) {
  GenerationParameters parameters;
  parameters.temperature = -0.5;
  parameters.max_tokens = 0;
  parameters.top_p = 0;
  parameters.top_k = -7;
  parameters.presence_penalty = -9;
  parameters.repetition_penalty = -1;
  parameters.stop = {"", "a"};
  EXPECT_EQ(clamp_parameters(parameters),
            (Adjusted{"temperature: -0.5 → 0", "maxTokens: 0 → 1", "topP: 0 → 0.01", "topK: -7 → 1",
                      "presencePenalty: -9 → -2", "repetitionPenalty: -1 → 0.01", "stop: 2 texts → 1"}));
  EXPECT_EQ(parameters.top_p, 0.01);
  EXPECT_EQ(parameters.stop, (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace wsdeep::chat
