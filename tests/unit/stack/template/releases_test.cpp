#include "stack/template/releases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTwoFunctions = R"(Parameters:
  Memory: {Type: Number}
  Prompt: {Type: String}
  Nodes: {Type: Number}
Globals:
  Function:
    MemorySize: !Ref Memory
Resources:
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://b/answer-1.zip
      ReservedConcurrentExecutions: 10
      AutoPublishCodeSha256: release
      Environment:
        Variables:
          RELEASE: release
          PROMPT: !Sub "say ${Prompt}"
  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://b/other-1.zip
      AutoPublishCodeSha256: release
)";

const std::vector<Parameter> kValues{{"Memory", "128"}, {"Prompt", "hello"}, {"Nodes", "2"}};

std::string changed(std::string_view old_text, std::string_view new_text) {
  std::string text = kTwoFunctions;
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

/// The hash of that function.
std::string release(const std::string& text, const std::vector<Parameter>& values, std::string_view function) {
  const std::string out = with_releases(text, values);
  const std::size_t at = out.find("AutoPublishCodeSha256: ", out.find(function)) + 23;
  return out.substr(at, out.find('\n', at) - at);
}

TEST(Releases, AreAHashInBothPlaces) {
  const std::string hash = release(kTwoFunctions, kValues, "Answer:");
  EXPECT_EQ(hash.size(), 16u);
  EXPECT_EQ(hash[0], 'r');
  EXPECT_THAT(with_releases(kTwoFunctions, kValues), HasSubstr("RELEASE: " + hash + "\n"));
  EXPECT_THAT(with_releases(kTwoFunctions, kValues), Not(HasSubstr(": release\n")));
  EXPECT_NE(hash, release(kTwoFunctions, kValues, "Other:"));
}

TEST(Releases, ChangeWithWhatAVersionHolds) {
  const std::string before = release(kTwoFunctions, kValues, "Answer:");
  EXPECT_NE(release(changed("answer-1.zip", "answer-2.zip"), kValues, "Answer:"), before) << "its code";
  EXPECT_NE(release(changed("say ${Prompt}", "ask ${Prompt}"), kValues, "Answer:"), before) << "its properties";
  EXPECT_NE(release(changed("MemorySize", "Timeout"), kValues, "Answer:"), before) << "what all functions share";
  EXPECT_NE(release(kTwoFunctions, {{"Memory", "128"}, {"Prompt", "bye"}}, "Answer:"), before)
      << "a parameter in a text";
  EXPECT_NE(release(kTwoFunctions, {{"Memory", "256"}, {"Prompt", "hello"}}, "Answer:"), before)
      << "one of all functions";
}

TEST(Releases, StayWithWhatAVersionDoesNotHold) {
  const std::string before = release(kTwoFunctions, kValues, "Answer:");
  EXPECT_EQ(release(changed("Executions: 10", "Executions: 20"), kValues, "Answer:"), before);
  EXPECT_EQ(release(changed("other-1.zip", "other-2.zip"), kValues, "Answer:"), before) << "another function";
  EXPECT_EQ(release(changed("  Other:", "  # The other one.\n  Other:"), kValues, "Answer:"), before) << "a comment";
  EXPECT_EQ(release(kTwoFunctions, {{"Memory", "128"}, {"Prompt", "hello"}, {"Nodes", "9"}}, "Answer:"), before)
      << "a parameter of something else";
}

TEST(Releases, AreMadeAnewFromATemplateThatHasThem) {
  const std::string once = with_releases(kTwoFunctions, kValues);
  EXPECT_EQ(with_releases(once, kValues), once);
  EXPECT_EQ(with_releases(once, {}), with_releases(kTwoFunctions, {}));
}

TEST(Releases, KeepTheQuotesOfATemplateThatHasThem) {
  const std::string text = template_json(kTwoFunctions), made = with_releases(text, kValues);
  EXPECT_NE(made, text);
  EXPECT_EQ(template_json(made), made) << "it is JSON still";
  EXPECT_THAT(made, HasSubstr("\"RELEASE\": \"r"));
}

TEST(Releases, LeaveOthersHashesAlone) {
  for (const char* own : {"!Ref Sha", "9f86d081884c7d659a2feaa0c55ad015", "released"}) {
    const std::string text =
        std::string("Resources:\n  A:\n    Properties:\n      AutoPublishCodeSha256: ") + own + "\n";
    EXPECT_EQ(with_releases(text, {}), text);
  }
  EXPECT_EQ(with_releases("a: [", {}), "a: [");
}

}  // namespace
}  // namespace wsdeep::stack
