#include "stack/settings/web_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

/// The page, `web`, and people who sign in at `exchange`.
std::string said_of_sign_in(const std::string& web, const std::string& exchange) {
  return render(with(web + "auth:\n  hosted_ui_prefix: my-chat\n  exchange: " + exchange + "\n").diagnostics);
}

constexpr const char* kAtItsOwnAddress =
    "web:\n  domain: chat.example.com\n"
    "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n";

TEST(WebSection, HasPeopleSignInAtThePagesAddress) {
  EXPECT_EQ(said_of_sign_in(
                kAtItsOwnAddress,
                "{url: https://chat.example.com, domain: example.com, redirect_urls: "
                "[https://app.example.com/, https://chat.example.com/], logout_urls: [https://chat.example.com/]}"),
            "");
  // No page of allowed_origins is of its host, but itself, and that leads to the WebSocket API, too.
  EXPECT_EQ(said_of_sign_in(kAtItsOwnAddress,
                            "{url: https://chat.example.com, redirect_urls: [https://chat.example.com/], logout_urls: "
                            "[https://chat.example.com/]}"),
            "");
  EXPECT_THAT(said_of_sign_in(kAtItsOwnAddress,
                              "{url: https://login.example.com, domain: example.com, redirect_urls: "
                              "[https://chat.example.com/]}"),
              HasSubstr("wsdeep.yaml:15:19: auth.exchange.url is https://login.example.com, and people sign in on the "
                        "page, at https://chat.example.com\n"));
  EXPECT_THAT(said_of_sign_in(kAtItsOwnAddress,
                              "{url: https://chat.example.com, domain: example.com, redirect_urls: "
                              "[https://app.example.com/]}"),
              HasSubstr("warning: who signs in on the page at https://chat.example.com is led to "
                        "https://app.example.com/"));
}

TEST(WebSection, HasPeopleSignInAtCloudFrontsAddress) {
  EXPECT_THAT(said_of_sign_in("web: true\n",
                              "{url: https://d111111abcdef8.cloudfront.net, redirect_urls: "
                              "[https://d111111abcdef8.cloudfront.net/]}"),
              Not(HasSubstr("people sign in")));
  EXPECT_THAT(
      said_of_sign_in("web: true\n", "{url: https://app.example.com, redirect_urls: [https://app.example.com/]}"),
      HasSubstr("warning: people sign in on the page, which has an address of CloudFront's, and not app.example.com"));
}

TEST(WebSection, SaysThatNobodyCanSignIn) {
  EXPECT_THAT(render(with("web: true\n").diagnostics),
              HasSubstr("warning: nobody can sign in on the page: there is no auth.exchange"));
  EXPECT_EQ(render(with("").diagnostics), "");
}

TEST(WebSection, KeepsThePathsOfThePageFree) {
  const auto parsed = parse_settings("project: chat\nenvironments:\n  chat: {region: eu-west-1}\nweb: true\n" +
                                     std::string(kRest).substr(std::string(kRest).find("llm:")));
  EXPECT_THAT(render(parsed.diagnostics), HasSubstr("the page has a path /chat of its own, and the"));
}

}  // namespace
}  // namespace wsdeep::stack
