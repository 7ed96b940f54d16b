#include "stack/settings/exchange_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/settings/parameters.h"

namespace wsdeep::stack {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Settings that go together, with the lines of `auth`, and of an environment's domain, that a test wants.
std::string settings(const std::string& auth, const std::string& domain = "ws.example.com",
                     const std::string& origins = "https://chat.example.com") {
  return "project: chat\nenvironments:\n  dev:\n    region: us-east-1\n" +
         (domain.empty()
              ? ""
              : "    domain: {name: " + domain +
                    ", certificate: "
                    "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555}\n") +
         "auth:\n" + auth +
         "llm:\n  domain: llm.internal.example.net\n"
         "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n"
         "  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\n  instance_types: [g5.xlarge]\n"
         "allowed_origins: [" +
         origins + "]\n";
}

std::string said(const std::string& text) {
  return render(parse_settings(text).diagnostics);
}

constexpr const char* kGoodExchange =
    "  hosted_ui_prefix: my-chat\n"
    "  exchange:\n    url: https://chat.example.com\n    domain: example.com\n"
    "    redirect_urls: [https://chat.example.com/]\n    logout_urls: [https://chat.example.com/bye]\n";

constexpr const char* kExistingPool =
    "  user_pool: us-east-1_AbC123xyz\n  client_ids: [first, second]\n"
    "  exchange:\n    url: https://chat.example.com\n    domain: example.com\n"
    "    redirect_urls: [https://chat.example.com/]\n    logout_urls: [https://chat.example.com/]\n"
    "    hosted_ui: https://login.example.com\n";

TEST(ExchangeSettings, AreReadWhole) {
  const ParsedSettings parsed = parse_settings(settings(kGoodExchange));
  ASSERT_EQ(render(parsed.diagnostics), "");
  const auto& exchange = parsed.settings.environments.at(0).auth.exchange;
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->url, "https://chat.example.com");
  EXPECT_EQ(exchange->domain, "example.com");
  EXPECT_EQ(exchange->redirect_urls, std::vector<std::string>{"https://chat.example.com/"});
  EXPECT_EQ(exchange_callback(*exchange), "https://chat.example.com/auth/callback");
}

TEST(ExchangeSettings, OfAnEnvironmentOverrideKeyByKey) {
  std::string text = settings(kGoodExchange);
  const std::string region = "    region: us-east-1\n";
  text.insert(text.find(region) + region.size(), "    auth: {exchange: {logout_urls: [https://chat.example.com/]}}\n");
  const ParsedSettings parsed = parse_settings(text);
  ASSERT_EQ(render(parsed.diagnostics), "");
  const auto& exchange = *parsed.settings.environments.at(0).auth.exchange;
  EXPECT_EQ(exchange.url, "https://chat.example.com");
  EXPECT_EQ(exchange.logout_urls, std::vector<std::string>{"https://chat.example.com/"});
}

TEST(ExchangeSettings, NeedAPageToSignInOn) {
  const std::string text(kGoodExchange);
  EXPECT_THAT(
      said(settings(text.substr(text.find("  exchange")))),
      AllOf(HasSubstr("signing in with a browser needs the hosted UI"), HasSubstr("set auth.hosted_ui_prefix")));
  std::string existing(kExistingPool);
  existing.resize(existing.find("    hosted_ui"));
  EXPECT_THAT(said(settings(existing)), HasSubstr("needs auth.exchange.hosted_ui: where its sign-in page is"));
}

TEST(ExchangeSettings, NeedAnAddressAndAPageToLeadTo) {
  EXPECT_THAT(
      said(settings("  hosted_ui_prefix: my-chat\n  exchange: {domain: example.com}\n")),
      AllOf(HasSubstr("'auth.exchange.url' is missing"), HasSubstr("'auth.exchange.redirect_urls' is missing")));
  for (const char* bad : {"http://chat.example.com", "https://chat.example.com/", "https://chat.example.com/x", "chat",
                          "https://*.example.com"})
    EXPECT_THAT(said(settings("  hosted_ui_prefix: my-chat\n  exchange: {url: \"" + std::string(bad) +
                              "\", redirect_urls: [https://chat.example.com/]}\n")),
                HasSubstr("expected https and a host"))
        << bad;
}

TEST(ExchangeSettings, OfAnExistingPoolNameAClientWhoseTokensAreAccepted) {
  EXPECT_EQ(said(settings(kExistingPool)), "");
  EXPECT_EQ(said(settings(std::string(kExistingPool) + "    client_id: second\n    client_secret: chat/client\n")), "");
  EXPECT_THAT(said(settings(std::string(kExistingPool) + "    client_id: third\n")),
              HasSubstr("app client 'third' is none of auth.client_ids"));
}

TEST(ExchangeSettings, OfANewPoolNameNoClient) {
  for (const char* key : {"client_id: other", "client_secret: chat/client", "hosted_ui: https://login.example.com"})
    EXPECT_THAT(said(settings(std::string(kGoodExchange) + "    " + key + "\n")), HasSubstr("is for an existing pool"));
}

TEST(ExchangeSettings, HoldNoSecret) {
  const std::string secret = "1q2w3e4r5t6y7u8i9o0p1a2s3d4f5g6h7j8k9l0z1x2c3v4b5n6m";
  EXPECT_THAT(said(settings(std::string(kExistingPool) + "    client_secret: " + secret + "\n")),
              AllOf(HasSubstr("this is the secret itself"), Not(HasSubstr(secret))));
}

TEST(ExchangeSettings, SayWhichHostsGetNoCookie) {
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(said(settings(replaced(kGoodExchange, "domain: example.com", "domain: example.net"))),
              HasSubstr("chat.example.com cannot set cookies for example.net: it is not below it"));
  EXPECT_THAT(
      said(settings(replaced(kGoodExchange, "domain: example.com", "domain: execute-api.us-east-1.amazonaws.com"))),
      HasSubstr("browsers keep no cookie for all of its hosts"));
  EXPECT_THAT(said(settings(kGoodExchange, "ws.example.net")),
              HasSubstr("the WebSocket API at ws.example.net does not get the cookies, which are for example.com"));
  EXPECT_THAT(said(settings(kGoodExchange, "")), HasSubstr("the WebSocket API has no name below example.com"));
  EXPECT_THAT(said(settings(kGoodExchange, "ws.example.com", "https://app.badexample.com")),
              HasSubstr("none of allowed_origins is of example.com"));
  EXPECT_THAT(said(settings(replaced(kGoodExchange, "https://chat.example.com/]", "https://app.example.org/]"))),
              HasSubstr("app.example.org does not get the cookies"));
}

TEST(ExchangeSettings, ReachTheWebSocketApiByTheHostOfTheWebPage) {
  const std::string exchange =
      "  hosted_ui_prefix: my-chat\n  exchange: {url: https://chat.example.com, redirect_urls: "
      "[https://chat.example.com/], logout_urls: [https://chat.example.com/]}\n";
  const std::string page =
      "web: {domain: chat.example.com, certificate: "
      "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555}\n";
  EXPECT_THAT(said(settings(exchange, "")), HasSubstr("the WebSocket API has no name below chat.example.com"));
  EXPECT_EQ(said(settings(exchange, "") + page), "");
}

TEST(ExchangeSettings, SayThatASignOutIsNoneOfThePoolsPageWithoutAPageToLeadTo) {
  std::string text(kGoodExchange);
  text.resize(text.find("    logout_urls"));
  const ParsedSettings parsed = parse_settings(settings(text));
  EXPECT_THAT(render(parsed.diagnostics),
              AllOf(HasSubstr("warning"), HasSubstr("whoever signs out stays signed in at the pool's page"),
                    HasSubstr("add auth.exchange.logout_urls")));
  EXPECT_EQ(parsed.settings.environments.size(), 1U);
}

TEST(ExchangeSettings, BecomeParameters) {
  const auto value = [](const std::string& text, std::string_view key) {
    const ParsedSettings parsed = parse_settings(text);
    for (const Parameter& parameter : parameter_values(parsed.settings.environments.at(0), Part::kService))
      if (parameter.key == key) return parameter.value;
    return std::string("none");
  };
  EXPECT_EQ(value(settings(kGoodExchange), "AuthUrl"), "https://chat.example.com");
  EXPECT_EQ(value(settings(kGoodExchange), "AuthClientId"), "none");
  EXPECT_EQ(value(settings(kExistingPool), "AuthClientId"), "first");
  EXPECT_EQ(value(settings(kExistingPool), "AuthHostedUi"), "https://login.example.com");
  EXPECT_EQ(value(settings("  self_sign_up: true\n"), "AuthUrl"), "none");
}

}  // namespace
}  // namespace wsdeep::stack
