#include "auth/exchange/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "auth/authorization_code.h"
#include "auth/token_sources.h"
#include "net/form.h"
#include "support/browser_exchange.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using wsdeep::testing::BrowserExchangeTest;

TEST_F(BrowserExchangeTest, TurnsACodeIntoCookies) {
  const auto asked = begin();
  EXPECT_EQ(net::field_of(asked, "redirect_uri"), "https://chat.example.com/auth/callback");
  EXPECT_EQ(net::field_of(asked, "code_challenge_method"), "S256");
  const Reply reply = come_back(asked);
  EXPECT_EQ(reply.http.status, 302);
  EXPECT_EQ(header(reply, "Location"), "https://chat.example.com/");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
  EXPECT_THAT(pool_.calls, ElementsAre("redeem code-1 https://chat.example.com/auth/callback"));
  EXPECT_EQ(pkce_challenge(pool_.verifiers.at(0)), net::field_of(asked, "code_challenge"));
  EXPECT_EQ(reply.outcome, "signed_in by id_token");
  EXPECT_EQ(reply.user_id, "sub-ann");
  EXPECT_EQ(jar_.size(), 3U) << "the cookie of the sign-in has ended";
  EXPECT_EQ(jar_["id_token"], pool_.make_token("id", "sub-ann"));
  EXPECT_EQ(jar_["__Secure-wsdeep-refresh"], "refresh-1");
}

TEST_F(BrowserExchangeTest, LeadsToThePageThatWasAskedFor) {
  const auto asked = begin("/auth/login?redirect=https%3A%2F%2Fapp.example.com%2Fback");
  EXPECT_EQ(header(come_back(asked), "Location"), "https://app.example.com/back");
}

TEST_F(BrowserExchangeTest, LeadsNowhereElse) {
  for (const std::string url :
       {"//evil.example.net", "\\\\evil.example.net", "/\\evil.example.net", "https://evil.example.net/",
        "https://chat.example.com@evil.example.net/", "https://CHAT.example.com/", "https://chat.example.com./",
        "https://chat.example.com", "https://chat.example.com/x", "https://chat.example.com/?x",
        " https://chat.example.com/", "https://chat.example.com/\r\nSet-Cookie: a=b", "javascript:alert(1)",
        "data:text/html,x", "http://chat.example.com/", "https:chat.example.com/", "https://app.example.com/back/",
        "https://app.example.com/back%2f.."}) {
    const Reply reply = send("GET", "/auth/login?" + net::encode_form({{"redirect", url}}));
    EXPECT_EQ(reply.http.status, 400) << url;
    EXPECT_EQ(header(reply, "Location"), "") << url;
    EXPECT_THAT(reply.http.cookies, IsEmpty()) << url;
    EXPECT_EQ(send("GET", "/auth/logout?" + net::encode_form({{"redirect", url}})).http.status, 400) << url;
  }
}

TEST_F(BrowserExchangeTest, KeepsSeveralTabsApart) {
  const auto one = begin("/auth/login?redirect=https%3A%2F%2Fapp.example.com%2Fback");
  const std::string nonce_of_one = pool_.nonce;
  const auto other = begin();
  EXPECT_EQ(header(come_back(other), "Location"), "https://chat.example.com/");
  pool_.nonce = nonce_of_one;
  EXPECT_EQ(header(come_back(one), "Location"), "https://app.example.com/back");
  EXPECT_NE(pool_.verifiers.at(0), pool_.verifiers.at(1));
}

TEST_F(BrowserExchangeTest, TakesNoCallbackThatItDidNotBegin) {
  const auto asked = begin();
  std::string forged(net::field_of(asked, "state"));
  forged[20] = forged[20] == 'A' ? 'B' : 'A';
  for (const std::string& query : {std::string("code=c"), std::string("code=c&state="), "code=c&state=" + forged,
                                   std::string("code=c&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                                   std::string("error=access_denied")}) {
    const Reply reply = send("GET", "/auth/callback?" + query);
    EXPECT_EQ(reply.http.status, 400) << query;
    EXPECT_EQ(reply.outcome, "invalid_state") << query;
    EXPECT_THAT(reply.http.cookies, IsEmpty()) << query;
  }
  jar_.clear();
  EXPECT_EQ(come_back(asked).outcome, "invalid_state") << "another browser";
  EXPECT_THAT(pool_.calls, IsEmpty());
}

/// A browser keeps no cookie named `__Host-` that another host of the site sets; under any other name it is none of
/// ours.
TEST_F(BrowserExchangeTest, FinishesNoSignInThatAnotherHostOfTheSiteHasBegun) {
  const auto begun_there = begin();
  for (const auto& [name, value] : std::map(std::exchange(jar_, {}))) {
    ASSERT_THAT(name, StartsWith("__Host-wsdeep-login-"));
    const std::string bare = name.substr(std::string_view("__Host-").size());
    slipped_in_.insert(slipped_in_.end(), {bare + "=" + value, "__Secure-" + bare + "=" + value});
  }
  EXPECT_EQ(come_back(begun_there).outcome, "invalid_state");
  EXPECT_THAT(pool_.calls, IsEmpty());
  slipped_in_.clear();
  const Reply begun = send("GET", "/auth/login");
  EXPECT_THAT(begun.http.cookies, Contains(AllOf(StartsWith("__Host-"), HasSubstr("; Path=/; "), HasSubstr("; Secure"),
                                                 Not(HasSubstr("Domain")))));
}

TEST_F(BrowserExchangeTest, TakesEachCallbackOnce) {
  const auto asked = begin();
  EXPECT_EQ(come_back(asked).http.status, 302);
  EXPECT_EQ(come_back(asked).outcome, "invalid_state");
  EXPECT_EQ(pool_.calls.size(), 1U);
}

TEST_F(BrowserExchangeTest, TakesNoParameterTwice) {
  const auto asked = begin();
  const std::string state(net::field_of(asked, "state"));
  EXPECT_EQ(send("GET", "/auth/callback?code=a&code=b&state=" + state).outcome, "invalid_request");
  EXPECT_EQ(send("GET", "/auth/login?redirect=a&redirect=b").outcome, "invalid_request");
}

TEST_F(BrowserExchangeTest, GivesUpASignInAfterTenMinutes) {
  const auto asked = begin();
  clock_.advance(std::chrono::minutes(11));
  const Reply reply = come_back(asked);
  EXPECT_EQ(reply.outcome, "invalid_state");
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, TakesNoIdTokenOfAnotherSignIn) {
  const auto asked = begin();
  pool_.nonce = "of another";
  const Reply reply = come_back(asked);
  EXPECT_EQ(reply.outcome, "wrong_nonce");
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, ShowsWhatThePageSaidEscaped) {
  const auto asked = begin();
  const Reply reply =
      send("GET",
           "/auth/callback?" + net::encode_form({{"error", "access_denied"},
                                                 {"error_description", "<script>alert(1)</script>"},
                                                 {"state", std::string(net::field_of(asked, "state"))}}),
           {{"accept", "text/html,*/*"}});
  EXPECT_EQ(reply.http.status, 403);
  EXPECT_THAT(reply.http.body, AllOf(HasSubstr("access_denied: &lt;script&gt;"), Not(HasSubstr("<script"))));
  EXPECT_THAT(header(reply, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(reply.outcome, "refused_at_sign_in: access_denied: <script>alert(1)</script>") << "for the log";
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, KeepsASignInWhileThePoolCannotAnswer) {
  const std::vector<std::pair<PoolFault, int>> cases{
      {PoolFault::kUnreachable, 503}, {PoolFault::kSlow, 504}, {PoolFault::kConfused, 502}, {PoolFault::kClient, 500}};
  const auto asked = begin();
  for (const auto& [fault, status] : cases) {
    pool_.fault = fault;
    EXPECT_EQ(come_back(asked).http.status, status);
  }
  pool_.fault = std::nullopt;
  EXPECT_EQ(come_back(asked).http.status, 302);
}

TEST_F(BrowserExchangeTest, EndsASignInWhoseCodeThePoolRefuses) {
  const auto asked = begin();
  pool_.fault = PoolFault::kRefused;
  const Reply reply = come_back(asked);
  EXPECT_EQ(reply.http.status, 401);
  EXPECT_EQ(reply.outcome, "refused_by_pool: as told") << "the log has the pool's reason";
  EXPECT_THAT(reply.http.body, Not(HasSubstr("as told")));
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, UsesUpNoCodeWhoseTokensItCouldNotCheck) {
  const auto asked = begin();
  pool_.has_keys = false;
  const Reply reply = come_back(asked);
  EXPECT_EQ(reply.http.status, 503);
  EXPECT_EQ(reply.outcome, "pool_unreachable: no keys");
  EXPECT_THAT(pool_.calls, IsEmpty());
  pool_.has_keys = true;
  EXPECT_EQ(come_back(asked).http.status, 302);
}

TEST_F(BrowserExchangeTest, AcceptsNoTokenThatItsKeysDoNotProve) {
  const auto asked = begin();
  pool_.subject = "";
  EXPECT_EQ(come_back(asked).http.status, 502);
}

TEST_F(BrowserExchangeTest, CarriesAUserOfAHundredGroups) {
  for (int i = 0; i < 100; ++i) pool_.groups.push_back("department-of-something-" + std::to_string(100 + i));
  const Reply reply = sign_in();
  EXPECT_EQ(reply.outcome, "signed_in by id_token_in_two");
  std::string header;
  for (const auto& [name, value] : jar_) header += name + "=" + value + "; ";
  const auto token = find_token({{"Cookie", header}}, {}, false);
  ASSERT_TRUE(token);
  EXPECT_TRUE(pool_.verify(*token, "id"));
  EXPECT_THAT(send("GET", "/auth/session").http.body, HasSubstr("department-of-something-199"));
}

TEST_F(BrowserExchangeTest, SaysWhenAUserIsInMoreGroupsThanCookiesHold) {
  for (int i = 0; i < 100; ++i) pool_.groups.push_back(std::string(120, 'g') + std::to_string(i));
  const Reply reply = sign_in();
  EXPECT_EQ(reply.outcome, "token_too_large");
  EXPECT_EQ(reply.http.status, 403);
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, SaysWhichMethodsThereAre) {
  const Reply reply = send("PUT", "/auth/logout");
  EXPECT_EQ(reply.http.status, 405);
  EXPECT_EQ(header(reply, "Allow"), "GET, POST");
  EXPECT_EQ(header(send("GET", "/auth/refresh"), "Allow"), "POST");
  EXPECT_EQ(send("GET", "/auth/").http.status, 404);
  EXPECT_EQ(send("GET", "/auth/login/").http.status, 404);
}

TEST_F(BrowserExchangeTest, PassesOnWhomTheAppMeans) {
  const auto asked = begin("/auth/login?provider=Google&login_hint=ann%40example.com");
  EXPECT_EQ(net::field_of(asked, "identity_provider"), "Google");
  EXPECT_EQ(net::field_of(asked, "login_hint"), "ann@example.com");
  EXPECT_EQ(send("GET", "/auth/login?login_hint=" + std::string(200, 'a')).outcome, "invalid_request");
  EXPECT_EQ(send("GET", "/auth/login?login_hint=a%0d%0aSet-Cookie:x").outcome, "invalid_request");
}

TEST_F(BrowserExchangeTest, ComesBackByTheNameThatTheBrowserCameBy) {
  config_.bases = {"http://127.0.0.1:4510", "http://localhost:4510"};
  config_.redirect_urls = {"http://127.0.0.1:4510/", "http://localhost:4510/"};
  config_.cookie_domain = "";
  for (const auto& [host, base] : {std::pair{"localhost:4510", "http://localhost:4510"},
                                   {"127.0.0.1:4510", "http://127.0.0.1:4510"},
                                   {"evil.example.net", "http://127.0.0.1:4510"}}) {
    const Reply reply = send("GET", "/auth/login", {{"host", host}});
    EXPECT_THAT(header(reply, "Location"),
                HasSubstr(net::encode_form({{"redirect_uri", std::string(base) + "/auth/callback"}})));
    EXPECT_THAT(reply.http.cookies.back(), AllOf(StartsWith("wsdeep-login-"), Not(HasSubstr("Secure"))));
  }
}

TEST_F(BrowserExchangeTest, KeepsABoundOfSignInsInOneBrowser) {
  for (int i = 0; i < 30; ++i) begin();
  EXPECT_EQ(jar_.size(), kMostPending);
}

}  // namespace
}  // namespace wsdeep::auth::exchange
