#include "handlers/rest_gate.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/temporary_folder.h"
#include "chat/rest_chat.h"
#include "support/manual_clock.h"

namespace wsdeep::handlers {
namespace {

using GateVariables = std::map<std::string, std::string, std::less<>>;

class SharedSecretGate : public ::testing::Test {
 protected:
  static std::string token(const std::string& secret) {
    const std::string text =
        base64url(R"({"alg":"HS256"})") + "." +
        base64url(R"({"iss":"https://old.example","sub":"u","username":"n","email":"e@example.com",)"
                  R"("exp":1700000600})");
    return text + "." + base64url(hmac_sha256(secret, text));
  }
  static wire::HttpEvent asked_with(const std::string& token) {
    wire::HttpEvent event;
    event.headers.emplace("id_token", token);
    return event;
  }
  void holds(const std::string& secret) { std::ofstream(folder_.path() / "secret") << secret << "\n"; }
  Env env(const std::string& issuer = "https://old.example") const {
    return Env(GateVariables{{"AWS_REGION", "eu-west-1"},
                             {"COGNITO_ISSUER", "https://pool.example"},
                             {"COGNITO_CLIENT_IDS", "client"},
                             {"HS256_ISSUER", issuer},
                             {"HS256_SECRET_FILE", (folder_.path() / "secret").string()}});
  }

  testing::ManualClock clock_;
  TemporaryFolder folder_;
  const std::string first_ = std::string(32, 'a'), second_ = std::string(32, 'b');
};

TEST_F(SharedSecretGate, TakesUpASecretThatItsIssuerHasReplaced) {
  holds(first_);
  const Env environment = env();
  RestGate gate(environment, clock_);
  EXPECT_FALSE(gate.admit(asked_with(token(first_))).user_id.empty());
  EXPECT_THROW(gate.admit(asked_with(token(second_))), chat::RestRefusal);
  holds(second_);
  EXPECT_FALSE(gate.admit(asked_with(token(second_))).user_id.empty());
  EXPECT_THROW(gate.admit(asked_with(token(first_))), chat::RestRefusal);
}

TEST_F(SharedSecretGate, DoesNotOpenWithASecretThatIsNone) {
  const Env environment = env();
  EXPECT_THROW(RestGate(environment, clock_), Error);
  holds("short");
  EXPECT_THROW(RestGate(environment, clock_), Error);
  holds(first_);
  const Env of_the_pool = env("https://pool.example");
  EXPECT_THROW(RestGate(of_the_pool, clock_), Error);
}

}  // namespace
}  // namespace wsdeep::handlers
