#include "auth/exchange/pool_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "net/form.h"
#include "support/scripted_http_server.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kTokens = R"({"id_token":"ID","access_token":"ACCESS","refresh_token":"REFRESH"})";
constexpr const char* kInvalidClient = R"({"error":"invalid_client"})";

/// A confidential app client, whose secret is what the test says, read anew when it is asked for anew.
class PoolEndpointTest : public ::testing::Test {
 protected:
  testing::ScriptedHttpServer server_;
  net::HttpClient http_;
  std::string kept_ = "first", stored_ = "first";
  bool has_keys_ = true;
  std::vector<bool> asked_;
  PoolEndpoint pool_{http_,
                     {server_.url(), "client"},
                     [this](bool anew) {
                       asked_.push_back(anew);
                       if (anew) kept_ = stored_;
                       return kept_;
                     },
                     [this] { return has_keys_; },
                     [](std::string_view, std::string_view) { return TokenVerdict{}; }};

  /// The secrets of all requests so far.
  std::vector<std::string> proofs() const {
    std::vector<std::string> found;
    for (const net::HttpRequest& request : server_.requests()) {
      const std::string header = net::header(request.headers, "authorization").value_or("Basic ");
      found.push_back(from_base64(header.substr(6)).value_or("?"));
    }
    return found;
  }
  PoolFault fault_of_renewal() {
    try {
      pool_.renew("REFRESH");
    } catch (const PoolError& error) {
      return error.fault();
    }
    throw std::runtime_error("it was no fault");
  }
};

TEST_F(PoolEndpointTest, RedeemsACodeWithItsVerifier) {
  server_.expect(200, kTokens);
  const PoolTokens tokens = pool_.redeem("CODE", "VERIFIER", "https://chat.example.com/auth/callback");
  EXPECT_EQ(tokens.id_token + tokens.access_token + tokens.refresh_token, "IDACCESSREFRESH");
  const net::HttpRequest request = server_.last_request();
  EXPECT_EQ(request.target, "/oauth2/token");
  EXPECT_EQ(request.body, net::encode_form({{"grant_type", "authorization_code"},
                                            {"code", "CODE"},
                                            {"redirect_uri", "https://chat.example.com/auth/callback"},
                                            {"code_verifier", "VERIFIER"},
                                            {"client_id", "client"}}));
  EXPECT_THAT(proofs(), ElementsAre("client:first"));
  EXPECT_THAT(asked_, ElementsAre(false));
}

TEST_F(PoolEndpointTest, ProvesItselfByTheNextSecretWhenTheLastOneWasReplaced) {
  stored_ = "second";
  server_.expect(401, kInvalidClient);
  server_.expect(200, kTokens);
  EXPECT_EQ(pool_.renew("REFRESH").id_token, "ID");
  EXPECT_THAT(proofs(), ElementsAre("client:first", "client:second"));
  EXPECT_EQ(server_.requests()[0].body, server_.requests()[1].body);
  EXPECT_THAT(asked_, ElementsAre(false, true));
}

TEST_F(PoolEndpointTest, SendsASecretThatIsStillTheSameOnce) {
  server_.expect(400, kInvalidClient);
  EXPECT_EQ(fault_of_renewal(), PoolFault::kClient);
  EXPECT_THAT(proofs(), ElementsAre("client:first"));
}

TEST_F(PoolEndpointTest, GivesUpWhenTheNextSecretIsNotAcceptedEither) {
  stored_ = "second";
  server_.expect(400, kInvalidClient);
  server_.expect(400, kInvalidClient);
  EXPECT_EQ(fault_of_renewal(), PoolFault::kClient);
}

TEST_F(PoolEndpointTest, AsksForNoOtherSecretWhenATokenIsRefused) {
  stored_ = "second";
  server_.expect(400, R"({"error":"invalid_grant"})");
  EXPECT_EQ(fault_of_renewal(), PoolFault::kRefused);
  EXPECT_THAT(asked_, ElementsAre(false));
}

TEST_F(PoolEndpointTest, OfAPublicClientSendsNoProof) {
  kept_ = "";
  stored_ = "second";
  server_.expect(400, kInvalidClient);
  EXPECT_EQ(fault_of_renewal(), PoolFault::kClient);
  EXPECT_FALSE(net::header(server_.last_request().headers, "authorization"));
}

TEST_F(PoolEndpointTest, SendsNothingTwiceThatMayHaveArrived) {
  server_.expect_and_hang_up();
  EXPECT_EQ(fault_of_renewal(), PoolFault::kUnreachable);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(PoolEndpointTest, IsReadyWithKeysOnly) {
  pool_.ready();
  has_keys_ = false;
  EXPECT_THROW(pool_.ready(), PoolError);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
}  // namespace wsdeep::auth::exchange
