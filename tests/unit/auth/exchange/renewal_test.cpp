#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/exchange/exchange.h"
#include "support/browser_exchange.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

class BrowserRenewalTest : public testing::BrowserExchangeTest {};

TEST_F(BrowserRenewalTest, UsesUpNoRefreshTokenWhoseSuccessorItCouldNotCheck) {
  sign_in();
  pool_.calls.clear();
  pool_.has_keys = false;
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 503);
  EXPECT_THAT(pool_.calls, IsEmpty());
  pool_.has_keys = true;
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 200);
}

TEST_F(BrowserRenewalTest, KeepsTheRefreshTokenThatItGotWithTokensThatAreNoGood) {
  sign_in();
  const std::string token = jar_["id_token"];
  pool_.refresh_token = "refresh-2";
  pool_.subject = "";
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 502);
  EXPECT_EQ(jar_["id_token"], token);
  pool_.subject = "sub-ann";
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 200);
  EXPECT_EQ(pool_.calls.back(), "renew refresh-2") << "the first one is used up";
}

/// API Gateway takes 10,240 bytes of request line and headers; a browser says up to 1 KB of itself.
TEST_F(BrowserRenewalTest, SendsNoMoreThanApiGatewayTakes) {
  for (const std::size_t refresh_bytes : {std::size_t{1800}, std::size_t{2500}}) {
    pool_.refresh_token = std::string(refresh_bytes, 'r');
    pool_.groups.clear();
    std::size_t most = 0;
    while (sign_in().http.status == 302) {
      for (std::size_t i = 0; i < kMostPending; ++i) begin();
      std::size_t sent = 0;
      for (const auto& [name, value] : jar_) sent += name.size() + value.size() + 3;
      most = std::max(most, sent);
      for (int i = 0; i < 6; ++i) pool_.groups.push_back("department-of-something-" + std::to_string(100 + i));
    }
    EXPECT_LE(most, 10'240U - 1'024);
    EXPECT_GE(most, 9'000U - 600) << "and yet makes use of it";
    jar_.clear();
  }
}

TEST_F(BrowserRenewalTest, SaysWhoIsSignedInAndShowsNoToken) {
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

TEST_F(BrowserRenewalTest, RenewsTheCookies) {
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

TEST_F(BrowserRenewalTest, LeavesTheCookiesAloneWhenARenewalIsRefused) {
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

TEST_F(BrowserRenewalTest, MakesNobodyAnotherUserByARenewal) {
  sign_in();
  const auto before = jar_;
  pool_.subject = "sub-mallory";
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 409);
  EXPECT_EQ(jar_, before);
}

TEST_F(BrowserRenewalTest, RenewsByNoTokenThatAnotherHostOfTheSiteHasSet) {
  sign_in();
  pool_.calls.clear();
  pool_.subject = "sub-mallory";
  const std::string name = "__Secure-wsdeep-refresh", own = jar_[name];
  jar_.erase("id_token");  // which is over
  jar_[name] = "of-mallory";
  EXPECT_EQ(send("POST", "/auth/refresh").outcome, "not_signed_in");
  EXPECT_EQ(send("GET", "/auth/session").http.body, R"({"signedIn":false,"canRefresh":false})");
  EXPECT_THAT(pool_.calls, IsEmpty());

  pool_.subject = "sub-ann";
  jar_[name] = own;
  slipped_in_ = {name + "=of-mallory"};
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 200);
  EXPECT_EQ(pool_.calls.back(), "renew refresh-1") << "its own is there all the same";
}

TEST_F(BrowserRenewalTest, LeavesNobodyTheRefreshTokenOfWhoWasHereBefore) {
  sign_in();
  pool_.subject = "sub-bob";
  pool_.refresh_token = "";
  EXPECT_EQ(sign_in().http.status, 302);
  EXPECT_THAT(jar_, ElementsAre(Pair("id_token", pool_.make_token("id", "sub-bob"))));
}

TEST_F(BrowserRenewalTest, KeepsACookieAsLongAsTheTokenInItIsGood) {
  pool_.profile = std::string(3500, 'p');
  pool_.access_age = std::chrono::seconds(600);
  const Reply signed_in = sign_in();
  EXPECT_EQ(signed_in.outcome, "signed_in by access_token");
  EXPECT_THAT(signed_in.http.cookies, Contains(AllOf(StartsWith("id_token=e"), HasSubstr("; Max-Age=600;"))));
  const std::string expires = R"("expiresAt":)" + std::to_string(epoch_ms(clock_.now()) + 600'000);
  EXPECT_THAT(send("POST", "/auth/refresh").http.body, HasSubstr(expires));
  EXPECT_THAT(send("GET", "/auth/session").http.body, HasSubstr(expires));
}

TEST_F(BrowserRenewalTest, ReadsNoTokenButItsOwn) {
  sign_in();
  jar_["auth"] = "of.another.app";
  jar_["authToken"] = pool_.make_token("id", "sub-mallory");
  EXPECT_THAT(send("GET", "/auth/session").http.body, HasSubstr(R"("userId":"sub-ann")"));
  EXPECT_EQ(send("POST", "/auth/refresh").http.status, 200);
}

TEST_F(BrowserRenewalTest, ChangesNothingForAPageOfAnotherSite) {
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

TEST_F(BrowserRenewalTest, SignsOut) {
  sign_in();
  const Reply reply = send("POST", "/auth/logout", {{"origin", "https://app.example.com"}});
  EXPECT_EQ(reply.http.body,
            R"({"signedIn":false,"revoked":true,"logoutUrl":"https://pool.example.net/logout?client_id=client)"
            R"(&logout_uri=https%3A%2F%2Fchat.example.com%2F"})");
  EXPECT_EQ(pool_.calls.back(), "revoke refresh-1");
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserRenewalTest, SignsThisBrowserOutWhenThePoolIsGone) {
  sign_in();
  pool_.fault = PoolFault::kUnreachable;
  const Reply reply = send("POST", "/auth/logout");
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_THAT(reply.http.body, HasSubstr(R"("revoked":false)"));
  EXPECT_THAT(jar_, IsEmpty());
}

TEST_F(BrowserRenewalTest, RevokesARefreshTokenThatHasLostItsMark) {
  sign_in();
  jar_.erase("__Host-wsdeep-renewal");
  EXPECT_THAT(send("POST", "/auth/logout").http.body, HasSubstr(R"("revoked":true)"));
  EXPECT_EQ(pool_.calls.back(), "revoke refresh-1");
}

TEST_F(BrowserRenewalTest, RevokesItsOwnRefreshTokenBesideAnotherHosts) {
  sign_in();
  slipped_in_ = {"__Secure-wsdeep-refresh=of-mallory"};
  EXPECT_THAT(send("POST", "/auth/logout").http.body, HasSubstr(R"("revoked":true)"));
  EXPECT_EQ(pool_.calls.back(), "revoke refresh-1");
}

TEST_F(BrowserRenewalTest, DoesNotSayThatItRevokedWhatIsNotThere) {
  EXPECT_THAT(send("POST", "/auth/logout").http.body, HasSubstr(R"("revoked":false)"));
  EXPECT_THAT(pool_.calls, IsEmpty());
}

TEST_F(BrowserRenewalTest, SignsAPersonOutByAFormAndThePoolsPage) {
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

TEST_F(BrowserRenewalTest, ReadsFormsOnly) {
  EXPECT_EQ(send("POST", "/auth/logout", {{"content-type", "text/plain"}}, "redirect=x").http.status, 415);
  EXPECT_EQ(send("POST", "/auth/logout", {}, "x").http.status, 415);
  const wire::NamedTexts form{{"content-type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(send("POST", "/auth/logout", form, std::string(9 << 10, 'a')).http.status, 413);
  EXPECT_EQ(send("POST", "/auth/logout", form, "redirect=%zz").http.status, 400);
  EXPECT_EQ(send("POST", "/auth/logout", form, "redirect=https%3A%2F%2Fevil.example.net").outcome,
            "redirect_not_allowed");
}

}  // namespace
}  // namespace wsdeep::auth::exchange
