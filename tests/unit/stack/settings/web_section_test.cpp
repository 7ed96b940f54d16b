#include "stack/settings/web_section.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

constexpr const char* kRest = R"(project: chat
environments:
  dev: {region: eu-west-1}
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)";

ParsedSettings with(const std::string& web) {
  return parse_settings(kRest + web);
}

std::vector<std::string> errors_of(const std::string& web) {
  std::vector<std::string> found;
  for (const Diagnostic& one : with(web).diagnostics)
    if (one.severity == Severity::kError) found.push_back(one.message);
  return found;
}

TEST(WebSection, IsWantedOrNot) {
  EXPECT_FALSE(with("").settings.environments.at(0).web);
  EXPECT_FALSE(with("web: false\n").settings.environments.at(0).web);
  EXPECT_TRUE(with("web: true\n").settings.environments.at(0).web);
}

TEST(WebSection, HasAnAddressOfItsOwn) {
  const auto parsed = with(
      "web:\n  domain: chat.example.com\n  hosted_zone: Z0123456789ABCDEFGHIJ\n"
      "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n");
  ASSERT_TRUE(parsed.settings.environments.at(0).web);
  EXPECT_EQ(parsed.settings.environments.at(0).web->domain, "chat.example.com");
  EXPECT_EQ(parsed.settings.environments.at(0).web->hosted_zone, "Z0123456789ABCDEFGHIJ");
}

TEST(WebSection, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(errors_of("web: \"true\"\n"), (std::vector<std::string>{"expected true or false, got 'true'"}));
  EXPECT_EQ(errors_of("web: {domain: chat.example.com}\n").size(), 1u);
  EXPECT_EQ(
      errors_of("web:\n  domain: chat.example.com\n"
                "  certificate: arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n"),
      (std::vector<std::string>{"the certificate is in eu-west-1, and CloudFront takes none but of us-east-1"}));
}

TEST(WebSection, KeepsThePathsOfThePageFree) {
  const auto parsed = parse_settings("project: chat\nenvironments:\n  chat: {region: eu-west-1}\nweb: true\n" +
                                     std::string(kRest).substr(std::string(kRest).find("llm:")));
  ASSERT_FALSE(parsed.diagnostics.empty());
  EXPECT_EQ(parsed.diagnostics.front().message.substr(0, 45), "the page has a path /chat of its own, and the");
}

}  // namespace
}  // namespace wsdeep::stack
