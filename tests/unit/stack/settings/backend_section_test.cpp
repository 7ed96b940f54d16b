#include "stack/settings/backend_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

std::string settings_with(std::string_view more, std::string_view environment = "dev") {
  return "project: chat\nenvironments:\n  " + std::string(environment) + ":\n    region: us-east-1\n" +
         R"(llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)" + std::string(more);
}

std::string told_with(std::string_view more, std::string_view environment = "dev") {
  return render(parse_settings(settings_with(more, environment)).diagnostics);
}

/// What is told of a backend beside `more`, which has no other trouble.
std::string said_of(std::string_view more, std::string_view environment = "dev") {
  return told_with("auth: {token_in_query: true}\nbackend:\n  signing_secret: chat/backend\n" + std::string(more),
                   environment);
}

TEST(BackendSection, TakesDefaultsForWhatIsNotWritten) {
  const ParsedSettings parsed = parse_settings(
      settings_with("auth: {token_in_query: true}\nbackend: {url: https://b.example.com, signing_secret: chat/b}\n"));
  ASSERT_EQ(render(parsed.diagnostics), "");
  const EnvironmentSettings& dev = parsed.settings.environments.at(0);
  ASSERT_TRUE(dev.backend);
  EXPECT_EQ(dev.backend->routes, std::vector<std::string>{"$default"});
  EXPECT_EQ(dev.backend->timeout_ms, 10'000);
  EXPECT_EQ(dev.backend->connect_timeout_ms, 2'000);
  EXPECT_FALSE(dev.backend->continue_when_down);
  EXPECT_EQ(dev.backend->network, BackendNetwork::kPublic);
  EXPECT_TRUE(dev.is_backends("$default"));
  EXPECT_EQ(backend_port(*dev.backend), 443);
}

TEST(BackendSection, IsOverriddenKeyByKey) {
  const ParsedSettings parsed = parse_settings(
      "project: chat\nenvironments:\n  dev: {region: us-east-1, backend: {url: \"https://dev.example.com\"}}\n"
      "  test: {region: us-east-1}\n" +
      settings_with("backend: {url: https://b.example.com, routes: [a, b], timeout_ms: 500}\n")
          .substr(settings_with("").find("llm:")));
  const auto& dev = parsed.settings.environments.at(0).backend;
  ASSERT_TRUE(dev);
  EXPECT_EQ(dev->url, "https://dev.example.com");
  EXPECT_EQ(dev->timeout_ms, 500);
  EXPECT_EQ(parsed.settings.environments.at(1).backend->url, "https://b.example.com");
}

TEST(BackendSection, WantsAnAddress) {
  EXPECT_THAT(said_of("  timeout_ms: 500\n"), HasSubstr("'backend.url' is missing for environment 'dev'"));
  for (const char* bad : {"b.example.com", "ftp://b.example.com", "https://b.example.com/?a=b",
                          "https://me:pw@b.example.com", "https://"})
    EXPECT_THAT(said_of("  url: " + std::string(bad) + "\n"), HasSubstr("expected an http or https URL")) << bad;
}

TEST(BackendSection, SendsNoTokenInClearText) {
  const std::string open = "  url: http://b.example.com:8080\n", inside = open + "  network: vpc\n";
  EXPECT_THAT(said_of(open), HasSubstr("through the internet in clear text"));
  EXPECT_EQ(said_of(inside), "");
  EXPECT_THAT(said_of(inside, "production"), HasSubstr("warning: http:// sends the clients' tokens through the VPC"));
}

TEST(BackendSection, TakesNoRouteOfTheChat) {
  const std::string url = "  url: https://b.example.com\n";
  EXPECT_THAT(said_of(url + "  routes: [$default, message]\n"), HasSubstr("'message' is a route of the chat"));
  EXPECT_EQ(said_of(url + "  routes: [$default, join]\n"), "") << "there are no rooms";
  EXPECT_THAT(said_of(url + "  routes: [$default, join]\nrooms: true\n"), HasSubstr("'join' is a route of the chat"));
  EXPECT_THAT(said_of(url + "  routes: [lab, lab]\n"), HasSubstr("'lab' is listed twice"));
  EXPECT_THAT(said_of(url + "  routes: [$connect]\n"), HasSubstr("expected $default, or the name of an action"));
  EXPECT_THAT(said_of(url + "  routes: []\n"), HasSubstr("a backend without a route gets no message"));
}

TEST(BackendSection, LeavesItsOwnHeadersAlone) {
  const std::string url = "  url: https://b.example.com\n";
  EXPECT_EQ(said_of(url + "  headers: {X-Api-Key: abc, Accept-Language: en}\n"), "");
  for (const char* own : {"Authorization", "content-type", "Host", "X-User-Id", "x-wsdeep-signature"})
    EXPECT_THAT(said_of(url + "  headers: {" + own + ": x}\n"), HasSubstr("is set by wsdeep, or by HTTP itself"))
        << own;
}

TEST(BackendSection, WarnsOfClientsThatCannotGetInAndOfRequestsThatAnybodyCanMake) {
  const std::string text = told_with("backend: {url: https://b.example.com}\n");
  EXPECT_THAT(text, HasSubstr("clients that send their token in the query"));
  EXPECT_THAT(text, HasSubstr("without backend.signing_secret"));
  EXPECT_EQ(told_with("auth: {token_in_query: false}\nbackend: {url: https://b.example.com, signing_secret: a/b}\n"),
            "");
}

TEST(BackendSection, NeedsAWayToItsSecret) {
  EXPECT_THAT(said_of("  url: https://b.example.com\n  network: vpc\nnetwork: {egress: endpoints}\n"),
              HasSubstr("no way to Secrets Manager"));
}

}  // namespace
}  // namespace wsdeep::stack
