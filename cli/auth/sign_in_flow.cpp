#include "auth/sign_in_flow.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "auth/srp.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "wire/json_fields.h"

// A sign-in is one question and a chain of challenges, each answered with the session of the one before:
//
//   InitiateAuth → PASSWORD_VERIFIER → [SELECT_MFA_TYPE] → [SMS_MFA | SOFTWARE_TOKEN_MFA | EMAIL_OTP]
//                                    → [NEW_PASSWORD_REQUIRED] → tokens
//
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html

namespace wsdeep::auth {
namespace {

using Parameters = std::map<std::string, std::string>;

/// More challenges than any pool has; a server that goes on asking is not one.
constexpr int kMaxChallenges = 8;

std::string parameter(const aws::AuthResult& challenge, const char* name) {
  const auto found = challenge.challenge_parameters.find(name);
  return found == challenge.challenge_parameters.end() ? std::string() : found->second;
}

/// A challenge parameter that holds a JSON list of strings; empty when it is missing or something else.
std::vector<std::string> list_parameter(const aws::AuthResult& challenge, const char* name) {
  std::vector<std::string> texts;
  const std::string text = parameter(challenge, name);
  if (text.empty()) return texts;
  const wire::Json list = wire::parse_json(text, name);
  for (const wire::Json& entry : list)
    if (entry.is_string()) texts.push_back(entry.get<std::string>());
  return texts;
}

Error cannot_answer(const std::string& username, const std::string& challenge) {
  const bool setup = challenge == "MFA_SETUP";
  return {ErrorKind::kRefused, fmt::format("cannot sign in '{}': the pool asks for {}", username, challenge),
          setup ? "the user has to set up a second factor first, in the application's own sign-in page"
                : "sign in through the application's own sign-in page: wsdeep login --web"};
}

/// One sign-in, from the first call to the tokens.
class SignIn {
 public:
  SignIn(aws::Cognito& cognito, const PoolClient& client, SignInFlow flow, std::string username, std::string password,
         ChallengeAnswers& answers, const Clock& clock)
      : cognito_(cognito),
        client_(client),
        flow_(flow),
        username_(std::move(username)),
        password_(std::move(password)),
        answers_(answers),
        clock_(clock) {}

  aws::AuthResult run() {
    aws::AuthResult result = start();
    for (int asked = 0; !result.challenge.empty(); ++asked) {
      if (asked == kMaxChallenges) throw cannot_answer(username_, "one challenge after the other");
      result = answer(result);
    }
    return result;
  }

 private:
  aws::AuthResult start() {
    Parameters parameters = {{"USERNAME", username_}};
    add_secret_hash(parameters);
    if (flow_ == SignInFlow::kSrp) {
      parameters["SRP_A"] = srp_.emplace(client_.pool_id).public_hex();
      return cognito_.initiate_auth("USER_SRP_AUTH", client_.client_id, parameters);
    }
    parameters["PASSWORD"] = password_;
    if (flow_ == SignInFlow::kPassword)
      return cognito_.initiate_auth("USER_PASSWORD_AUTH", client_.client_id, parameters);
    return cognito_.admin_initiate_auth(client_.pool_id, "ADMIN_USER_PASSWORD_AUTH", client_.client_id, parameters);
  }

  aws::AuthResult answer(const aws::AuthResult& asked) {
    const std::string name = asked.challenge;
    // From here on the pool wants its own name of the user, which an e-mail address or another alias led to.
    for (const char* own : {"USER_ID_FOR_SRP", "USERNAME"})
      if (const std::string name_of_pool = parameter(asked, own); !name_of_pool.empty()) username_ = name_of_pool;
    Parameters responses = answers_to(asked);
    responses["USERNAME"] = username_;
    add_secret_hash(responses);
    if (flow_ != SignInFlow::kAdmin)
      return cognito_.respond_to_challenge(name, client_.client_id, asked.session, responses);
    return cognito_.admin_respond_to_challenge(client_.pool_id, name, client_.client_id, asked.session, responses);
  }

  Parameters answers_to(const aws::AuthResult& asked) {
    const std::string& name = asked.challenge;
    if (name == "PASSWORD_VERIFIER") return prove_password(asked);
    if (name == "NEW_PASSWORD_REQUIRED") return choose_password(asked);
    if (name == "SMS_MFA" || name == "SOFTWARE_TOKEN_MFA" || name == "EMAIL_OTP")
      return {{name + "_CODE", answers_.mfa_code(name, parameter(asked, "CODE_DELIVERY_DESTINATION"))}};
    if (name == "SELECT_MFA_TYPE") return {{"ANSWER", answers_.choose_mfa(list_parameter(asked, "MFAS_CAN_CHOOSE"))}};
    throw cannot_answer(username_, name);
  }

  Parameters prove_password(const aws::AuthResult& asked) {
    if (!srp_) throw cannot_answer(username_, asked.challenge);
    const srp::Challenge challenge{parameter(asked, "USER_ID_FOR_SRP"), parameter(asked, "SALT"),
                                   parameter(asked, "SRP_B"), parameter(asked, "SECRET_BLOCK")};
    const std::string timestamp = cognito_timestamp(clock_.now());
    return {{"PASSWORD_CLAIM_SECRET_BLOCK", challenge.secret_block_base64},
            {"PASSWORD_CLAIM_SIGNATURE", srp_->answer(challenge, password_, timestamp)},
            {"TIMESTAMP", timestamp}};
  }

  Parameters choose_password(const aws::AuthResult& asked) {
    constexpr std::string_view kPrefix = "userAttributes.";
    Parameters responses = {{"NEW_PASSWORD", answers_.new_password()}};
    for (const std::string& attribute : list_parameter(asked, "requiredAttributes"))
      if (attribute.starts_with(kPrefix))
        responses[attribute] = answers_.required_attribute(attribute.substr(kPrefix.size()));
    return responses;
  }

  void add_secret_hash(Parameters& parameters) const {
    if (!client_.client_secret.empty()) parameters["SECRET_HASH"] = secret_hash(client_, username_);
  }

  aws::Cognito& cognito_;
  const PoolClient& client_;
  SignInFlow flow_;
  std::string username_;
  std::string password_;
  ChallengeAnswers& answers_;
  const Clock& clock_;
  std::optional<srp::Client> srp_;  ///< of kSrp
};

/// What stands in for Cognito may be older than the operation; moto's answer is then a page, and 500 with no code in
/// it.
bool is_unknown_operation(const aws::ServiceError& error) {
  return error.code() == "UnknownOperationException" || error.code() == "InvalidAction" || error.status() == 404 ||
         error.status() == 501 || (error.status() == 500 && error.code() == "HTTP 500");
}

}  // namespace

SignInFlow sign_in_flow(const std::string& name) {
  if (name == "srp") return SignInFlow::kSrp;
  if (name == "password") return SignInFlow::kPassword;
  if (name == "admin") return SignInFlow::kAdmin;
  throw Error(ErrorKind::kUsage, fmt::format("there is no sign-in flow '{}'", name));
}

std::string secret_hash(const PoolClient& client, const std::string& username) {
  return base64(hmac_sha256(client.client_secret, username + client.client_id));
}

aws::AuthResult sign_in(aws::Cognito& cognito, const PoolClient& client, SignInFlow flow, const std::string& username,
                        const std::string& password, ChallengeAnswers& answers, const Clock& clock) {
  return SignIn(cognito, client, flow, username, password, answers, clock).run();
}

aws::AuthResult refresh(aws::Cognito& cognito, const PoolClient& client, const std::string& username,
                        const std::string& refresh_token) {
  try {
    return cognito.get_tokens_from_refresh_token(refresh_token, client.client_id, client.client_secret);
  } catch (const aws::ServiceError& error) {
    if (!is_unknown_operation(error)) throw;
  }
  Parameters parameters = {{"REFRESH_TOKEN", refresh_token}};
  if (!client.client_secret.empty()) parameters["SECRET_HASH"] = secret_hash(client, username);
  return cognito.initiate_auth("REFRESH_TOKEN_AUTH", client.client_id, parameters);
}

}  // namespace wsdeep::auth
