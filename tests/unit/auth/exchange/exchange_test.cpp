#include "auth/exchange/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "auth/authorization_code.h"
#include "auth/token_sources.h"
#include "base/url.h"
#include "net/form.h"
#include "support/manual_clock.h"
#include "support/test_keys.h"
#include "wire/json_writer.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr const char* kIssuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc";

/// A pool whose answers a test chooses; it signs tokens with a key of its own.
class PlayedPool final : public Pool {
 public:
  explicit PlayedPool(const Clock& clock) : clock_(clock), keys_(KeySet::parse(jwks())) {}

  PoolTokens redeem(const std::string& code, const std::string& verifier, const std::string& redirect_uri) override {
    calls.push_back("redeem " + code + " " + redirect_uri);
    verifiers.push_back(verifier);
    fail_if_told();
    return tokens();
  }
  PoolTokens renew(const std::string& token) override {
    calls.push_back("renew " + token);
    fail_if_told();
    return tokens();
  }
  void revoke(const std::string& token) override {
    calls.push_back("revoke " + token);
    fail_if_told();
  }
  TokenVerdict verify(std::string_view token, std::string_view token_use) override {
    if (!has_keys) return {TokenFault::kKeysUnavailable, {}, ""};
    return verify_token(token, keys_, {kIssuer, {"client"}, {std::string(token_use)}}, clock_.now());
  }

  std::string make_token(const std::string& use, const std::string& user) const {
    wire::JsonObject claims;
    claims.add("sub", user).add("iss", kIssuer).add("token_use", use).add("exp", epoch_seconds(clock_.now()) + 3600);
    claims.add(use == "id" ? "aud" : "client_id", "client");
    claims.add(use == "id" ? "cognito:username" : "username", "ann").add("iat", epoch_seconds(clock_.now()));
    if (use == "id") claims.add("nonce", nonce).add("email", "ann@example.com");
    claims.add_json("cognito:groups", wire::json_strings(groups));
    return sign_token(claims.text(), "k", testing::rsa_key());
  }
  PoolTokens tokens() const { return {make_token("id", subject), make_token("access", subject), refresh_token}; }

  std::string nonce, subject = "sub-ann", refresh_token = "refresh-1";
  std::vector<std::string> groups;
  std::optional<PoolFault> fault;
  bool has_keys = true;
  std::vector<std::string> calls, verifiers;

 private:
  static std::string jwks() { return R"({"keys":[)" + public_jwk(testing::rsa_key(), "k") + "]}"; }
  void fail_if_told() const {
    if (fault) throw PoolError(*fault, "as told");
  }

  const Clock& clock_;
  KeySet keys_;
};

class BrowserExchangeTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  PlayedPool pool_{clock_};
  Config config_{{"https://chat.example.com"},
                 "https://pool.example.net",
                 "client",
                 "example.com",
                 {"https://chat.example.com/", "https://app.example.com/back"},
                 {"https://chat.example.com/"},
                 {"https://app.example.com"}};
  Exchange exchange_{config_, pool_, clock_};
  std::map<std::string, std::string> jar_;  ///< of the browser; it looks at no path

  Reply send(const std::string& method, const std::string& target, wire::NamedTexts headers = {},
             const std::string& body = {}) {
    wire::HttpEvent event;
    event.method = method;
    event.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) event.query = *net::decode_form(target.substr(target.find('?') + 1));
    event.headers = std::move(headers);
    event.headers.try_emplace("host", "chat.example.com");
    event.body = body;
    for (const auto& [name, value] : jar_) {
      event.cookies.push_back(name + "=" + value);
      event.headers["cookie"] += (event.headers["cookie"].empty() ? "" : "; ") + event.cookies.back();
    }
    Reply reply = exchange_.answer(event);
    for (const std::string& cookie : reply.http.cookies) {
      const std::size_t equals = cookie.find('='), end = cookie.find(';');
      const std::string value = cookie.substr(equals + 1, end - equals - 1);
      jar_.erase(cookie.substr(0, equals));
      if (!value.empty()) jar_[cookie.substr(0, equals)] = value;
    }
    return reply;
  }
  static std::string header(const Reply& reply, const std::string& name) {
    return net::header(reply.http.headers, name).value_or("");
  }
  /// The query that the pool's page is asked with.
  net::FormFields begin(const std::string& target = "/auth/login") {
    const Reply reply = send("GET", target);
    EXPECT_EQ(reply.http.status, 302) << reply.http.body;
    const std::string url = header(reply, "Location");
    EXPECT_THAT(url, StartsWith("https://pool.example.net/oauth2/authorize?"));
    auto fields = *net::decode_form(url.substr(url.find('?') + 1));
    pool_.nonce = net::field_of(fields, "nonce");
    return fields;
  }
  Reply come_back(const net::FormFields& asked, const std::string& code = "code-1", wire::NamedTexts headers = {}) {
    return send("GET", "/auth/callback?code=" + code + "&state=" + std::string(net::field_of(asked, "state")),
                std::move(headers));
  }
  Reply sign_in() { return come_back(begin()); }
};

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
  EXPECT_EQ(jar_.size(), 2U) << "the cookie of the sign-in has ended";
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
  EXPECT_EQ(come_back(asked).http.status, 401);
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, AcceptsNoTokenThatItsKeysDoNotProve) {
  const auto asked = begin();
  pool_.has_keys = false;
  EXPECT_EQ(come_back(asked).http.status, 503);
  pool_.has_keys = true;
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

TEST_F(BrowserExchangeTest, SaysWhoIsSignedInAndShowsNoToken) {
  EXPECT_EQ(send("GET", "/auth/session").http.body, R"({"signedIn":false,"canRefresh":false})");
  sign_in();
  const Reply reply = send("GET", "/auth/session");
  EXPECT_EQ(
      reply.http.body,
      R"({"signedIn":true,"userId":"sub-ann","username":"ann","email":"ann@example.com","groups":[],"expiresAt":)" +
          std::to_string(epoch_ms(clock_.now()) + 3'600'000) + R"(,"canRefresh":true})");
  jar_["id_token"] = "a.b.c";
  EXPECT_THAT(send("GET", "/auth/session").http.body, HasSubstr("false"));
  jar_["id_token"] = pool_.make_token("id", "sub-ann");
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(send("GET", "/auth/session").http.body, R"({"signedIn":false,"canRefresh":true})");
}

TEST_F(BrowserExchangeTest, RenewsTheCookies) {
  sign_in();
  clock_.advance(std::chrono::minutes(50));
  pool_.refresh_token = "refresh-2";
  const Reply reply = send("POST", "/auth/refresh", {{"origin", "https://chat.example.com"}});
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_THAT(reply.http.body, HasSubstr(std::to_string(epoch_ms(clock_.now()) + 3'600'000)));
  EXPECT_EQ(pool_.calls.back(), "renew refresh-1");
  EXPECT_EQ(jar_["__Secure-wsdeep-refresh"], "refresh-2");
  pool_.refresh_token = "";
  send("POST", "/auth/refresh");
  EXPECT_EQ(jar_["__Secure-wsdeep-refresh"], "refresh-2") << "not rotated: the old one stays";
}

TEST_F(BrowserExchangeTest, LeavesTheCookiesAloneWhenARenewalIsRefused) {
  sign_in();
  const auto before = jar_;
  pool_.fault = PoolFault::kRefused;
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 401);
  pool_.fault = PoolFault::kUnreachable;
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 503);
  EXPECT_EQ(jar_, before);
  jar_.clear();
  EXPECT_EQ(send("POST", "/auth/refresh").outcome, "not_signed_in");
  jar_["__Secure-wsdeep-refresh"] = "a\"b";
  EXPECT_EQ(send("POST", "/auth/refresh").outcome, "not_signed_in");
}

TEST_F(BrowserExchangeTest, MakesNobodyAnotherUserByARenewal) {
  sign_in();
  pool_.subject = "sub-mallory";
  const Reply reply = send("POST", "/auth/refresh");
  EXPECT_EQ(reply.http.status, 409);
  EXPECT_THAT(reply.http.cookies, IsEmpty());
}

TEST_F(BrowserExchangeTest, ChangesNothingForAPageOfAnotherSite) {
  sign_in();
  pool_.calls.clear();
  for (const char* path : {"/auth/refresh", "/auth/logout"}) {
    const Reply reply = send("POST", path, {{"origin", "https://evil.example.net"}, {"sec-fetch-site", "cross-site"}});
    EXPECT_EQ(reply.http.status, 403) << path;
    EXPECT_THAT(reply.http.cookies, IsEmpty()) << path;
    EXPECT_EQ(send("GET", path).http.cookies.size(), 0U) << path;
  }
  EXPECT_THAT(pool_.calls, IsEmpty());
}

TEST_F(BrowserExchangeTest, SignsOut) {
  sign_in();
  const Reply reply = send("POST", "/auth/logout", {{"origin", "https://app.example.com"}});
  EXPECT_EQ(reply.http.body,
            R"({"signedIn":false,"revoked":true,"logoutUrl":"https://pool.example.net/logout?client_id=client)"
            R"(&logout_uri=https%3A%2F%2Fchat.example.com%2F"})");
  EXPECT_EQ(pool_.calls.back(), "revoke refresh-1");
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, SignsThisBrowserOutWhenThePoolIsGone) {
  sign_in();
  pool_.fault = PoolFault::kUnreachable;
  const Reply reply = send("POST", "/auth/logout");
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_THAT(reply.http.body, HasSubstr(R"("revoked":false)"));
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserExchangeTest, SignsAPersonOutByAFormAndThePoolsPage) {
  const Reply page = send("GET", "/auth/logout", {{"accept", "text/html"}});
  EXPECT_THAT(page.http.body, HasSubstr(R"(<form method="post" action="/auth/logout">)"));
  EXPECT_THAT(header(page, "Content-Security-Policy"),
              HasSubstr("form-action 'self' https://pool.example.net https://chat.example.com;"));
  EXPECT_EQ(header(page, "Referrer-Policy"), "same-origin");
  const Reply gone =
      send("POST", "/auth/logout",
           {{"accept", "text/html"}, {"content-type", "application/x-www-form-urlencoded;charset=utf-8"}},
           "redirect=https%3A%2F%2Fchat.example.com%2F");
  EXPECT_EQ(gone.http.status, 303);
  EXPECT_THAT(header(gone, "Location"), StartsWith("https://pool.example.net/logout?client_id=client&logout_uri="));
}

TEST_F(BrowserExchangeTest, ReadsFormsOnly) {
  EXPECT_EQ(send("POST", "/auth/logout", {{"content-type", "text/plain"}}, "redirect=x").http.status, 415);
  EXPECT_EQ(send("POST", "/auth/logout", {}, "x").http.status, 415);
  const wire::NamedTexts form{{"content-type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(send("POST", "/auth/logout", form, std::string(9 << 10, 'a')).http.status, 413);
  EXPECT_EQ(send("POST", "/auth/logout", form, "redirect=%zz").http.status, 400);
  EXPECT_EQ(send("POST", "/auth/logout", form, "redirect=https%3A%2F%2Fevil.example.net").outcome,
            "redirect_not_allowed");
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
