#include "auth/sign_in_flow.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "auth/srp.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"

namespace wsdeep::auth {
namespace {

using nlohmann::json;

constexpr const char* kTokens =
    R"({"AuthenticationResult":{"IdToken":"i","AccessToken":"a","RefreshToken":"r","ExpiresIn":3600}})";

class ScriptedAnswers final : public ChallengeAnswers {
 public:
  std::string new_password() override { return "New-word-1"; }
  std::string required_attribute(const std::string& name) override { return name + " value"; }
  std::string mfa_code(const std::string& factor, const std::string& destination) override {
    asked += factor + " " + destination + ";";
    return "123456";
  }
  std::string choose_mfa(const std::vector<std::string>& choices) override {
    asked += join(choices, ",") + ";";
    return choices.back();
  }
  std::string asked;
};

class SignInFlowTest : public ::testing::Test {
 protected:
  testing::ScriptedHttpServer server_;
  testing::ManualClock clock_;
  net::HttpClient http_;
  aws::StaticCredentials credentials_{{"AKID", "secret", "", std::nullopt}};
  aws::Cognito cognito_{http_, options(), credentials_, clock_};
  PoolClient client_{"eu-west-1_Pool", "client", ""};
  ScriptedAnswers answers_;

  aws::ClientOptions options() const {
    aws::ClientOptions options;
    options.region = "eu-west-1";
    options.endpoint = server_.url();
    options.retry.max_attempts = 1;
    return options;
  }
  aws::AuthResult run(SignInFlow flow) {
    return sign_in(cognito_, client_, flow, "ann@b.c", "Passw0rd!", answers_, clock_);
  }
  json last_body() const { return json::parse(server_.last_request().body); }
};

TEST_F(SignInFlowTest, ProvesThePasswordWithoutSendingIt) {
  const srp::Verifier verifier = srp::make_verifier(client_.pool_id, "ann", "Passw0rd!");
  std::optional<srp::Server> side;
  srp::Challenge challenge;
  server_.expect([&](const net::HttpRequest& request) {
    EXPECT_EQ(request.body.find("Passw0rd!"), std::string::npos);
    const json body = json::parse(request.body);
    EXPECT_EQ(body["AuthFlow"], "USER_SRP_AUTH");
    side.emplace(client_.pool_id, verifier, body["AuthParameters"]["SRP_A"].get<std::string>());
    challenge = {"ann", verifier.salt_hex, side->public_hex(), base64("opaque")};
    const json parameters = {{"USER_ID_FOR_SRP", "ann"},
                             {"SALT", challenge.salt_hex},
                             {"SRP_B", challenge.server_public_hex},
                             {"SECRET_BLOCK", challenge.secret_block_base64}};
    const json answer = {{"ChallengeName", "PASSWORD_VERIFIER"}, {"ChallengeParameters", parameters}};
    return net::HttpResponse{200, {}, answer.dump()};
  });
  server_.expect([&](const net::HttpRequest& request) {
    EXPECT_EQ(request.body.find("Passw0rd!"), std::string::npos);
    const json responses = json::parse(request.body)["ChallengeResponses"];
    EXPECT_EQ(responses["USERNAME"], "ann");
    EXPECT_EQ(responses["PASSWORD_CLAIM_SECRET_BLOCK"], challenge.secret_block_base64);
    EXPECT_TRUE(side->accepts(challenge, responses["TIMESTAMP"].get<std::string>(),
                              responses["PASSWORD_CLAIM_SIGNATURE"].get<std::string>()));
    return net::HttpResponse{200, {}, kTokens};
  });
  EXPECT_EQ(run(SignInFlow::kSrp).id_token, "i");
}

TEST_F(SignInFlowTest, AnswersOneChallengeAfterTheOther) {
  server_.expect(200, R"({"ChallengeName":"SELECT_MFA_TYPE","Session":"s1","ChallengeParameters":)"
                      R"({"USER_ID_FOR_SRP":"ann","MFAS_CAN_CHOOSE":"[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\"]"}})");
  server_.expect([&](const net::HttpRequest& request) {
    EXPECT_EQ(json::parse(request.body)["Session"], "s1");
    EXPECT_EQ(json::parse(request.body)["ChallengeResponses"],
              (json{{"USERNAME", "ann"}, {"ANSWER", "SOFTWARE_TOKEN_MFA"}}));
    return net::HttpResponse{200, {}, R"({"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"s2"})"};
  });
  server_.expect([&](const net::HttpRequest& request) {
    EXPECT_EQ(json::parse(request.body)["ChallengeResponses"],
              (json{{"USERNAME", "ann"}, {"SOFTWARE_TOKEN_MFA_CODE", "123456"}}));
    return net::HttpResponse{200,
                             {},
                             R"({"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s3","ChallengeParameters":)"
                             R"({"requiredAttributes":"[\"userAttributes.name\"]"}})"};
  });
  server_.expect(200, kTokens);
  EXPECT_EQ(run(SignInFlow::kPassword).refresh_token, "r");
  EXPECT_EQ(last_body()["ChallengeResponses"],
            (json{{"USERNAME", "ann"}, {"NEW_PASSWORD", "New-word-1"}, {"userAttributes.name", "name value"}}));
  EXPECT_EQ(answers_.asked, "SMS_MFA,SOFTWARE_TOKEN_MFA;SOFTWARE_TOKEN_MFA ;");
}

TEST_F(SignInFlowTest, TellsWhereACodeWentTo) {
  server_.expect(200, R"({"ChallengeName":"SMS_MFA","ChallengeParameters":{"CODE_DELIVERY_DESTINATION":"+***42"}})");
  server_.expect(200, kTokens);
  run(SignInFlow::kPassword);
  EXPECT_EQ(last_body()["ChallengeResponses"]["SMS_MFA_CODE"], "123456");
  EXPECT_EQ(answers_.asked, "SMS_MFA +***42;");
}

TEST_F(SignInFlowTest, SignsTheAdministratorsCallsAndNamesThePool) {
  server_.expect(200, R"({"ChallengeName":"SMS_MFA","Session":"s"})");
  server_.expect(200, kTokens);
  run(SignInFlow::kAdmin);
  EXPECT_EQ(last_body()["UserPoolId"], "eu-west-1_Pool");
  EXPECT_TRUE(net::header(server_.last_request().headers, "Authorization").has_value());
}

TEST_F(SignInFlowTest, SendsTheSecretsHashWithEveryCall) {
  client_.client_secret = "client secret";
  server_.expect([&](const net::HttpRequest& request) {
    EXPECT_EQ(json::parse(request.body)["AuthParameters"]["SECRET_HASH"], secret_hash(client_, "ann@b.c"));
    return net::HttpResponse{200, {}, R"({"ChallengeName":"SMS_MFA","ChallengeParameters":{"USER_ID_FOR_SRP":"ann"}})"};
  });
  server_.expect(200, kTokens);
  run(SignInFlow::kPassword);
  EXPECT_EQ(last_body()["ChallengeResponses"]["SECRET_HASH"], secret_hash(client_, "ann"));
}

TEST_F(SignInFlowTest, RefreshesByTheOperationThatKnowsRotationAndElseByTheFlow) {
  client_.client_secret = "client secret";
  server_.expect(200, kTokens);
  EXPECT_EQ(refresh(cognito_, client_, "ann", "r").refresh_token,
            json::parse(kTokens)["AuthenticationResult"]["RefreshToken"]);
  EXPECT_EQ(last_body(), (json{{"ClientId", "client"}, {"RefreshToken", "r"}, {"ClientSecret", "client secret"}}));
  server_.expect(400, R"({"__type":"UnknownOperationException"})");
  server_.expect(200, kTokens);
  refresh(cognito_, client_, "ann", "r");
  EXPECT_EQ(last_body()["AuthParameters"],
            (json{{"REFRESH_TOKEN", "r"}, {"SECRET_HASH", secret_hash(client_, "ann")}}));
  server_.expect(400, R"({"__type":"RefreshTokenReuseException","message":"reused"})");
  try {
    refresh(cognito_, client_, "ann", "r");
    FAIL();
  } catch (const aws::ServiceError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRefused);
  }
}

TEST_F(SignInFlowTest, HashesTheSecretAsDocumented) {
  // printf '%s' 'annclient' | openssl dgst -sha256 -hmac 'key' -binary | base64
  EXPECT_EQ(secret_hash({"p", "client", "key"}, "ann"), "CAsqg1c+3UmFhQ58ZBG2Vg0S4IuW4XMNb1TNHnK1wYA=");
}

TEST_F(SignInFlowTest, GivesUpOnChallengesThatNeedMoreThanACommandLine) {
  for (const char* name : {"MFA_SETUP", "CUSTOM_CHALLENGE", "DEVICE_SRP_AUTH"}) {
    server_.expect(200, json{{"ChallengeName", name}}.dump());
    try {
      run(SignInFlow::kPassword);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRefused);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos);
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST_F(SignInFlowTest, DoesNotAnswerForEver) {
  for (int i = 0; i < 9; ++i) server_.expect(200, R"({"ChallengeName":"SMS_MFA"})");
  EXPECT_THROW(run(SignInFlow::kPassword), Error);
}

}  // namespace
}  // namespace wsdeep::auth
