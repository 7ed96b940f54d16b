#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"

/// The Cognito user pools operations (contract §6).
/// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
namespace wsdeep::aws {

using Attributes = std::map<std::string, std::string>;

struct CognitoUser {
  std::string username;
  Attributes attributes;
  std::string status;  ///< CONFIRMED, FORCE_CHANGE_PASSWORD, …
  bool enabled = true;
  double created = 0;  ///< epoch seconds, as Cognito sends them
  double modified = 0;
};
struct UserPage {
  std::vector<CognitoUser> users;
  std::string next;  ///< pagination token; empty: that was all
};
struct CreateUser {
  std::string username;
  Attributes attributes;
  std::string temporary_password;  ///< empty: Cognito makes one
  bool suppress_message = true;    ///< no invitation mail
};

/// What a sign-in call came back with: tokens, or a challenge to answer.
struct AuthResult {
  std::string id_token;
  std::string access_token;
  std::string refresh_token;  ///< empty on a refresh that does not rotate it
  long expires_in = 0;        ///< seconds
  std::string challenge;      ///< empty when the tokens are there
  std::string session;
  std::map<std::string, std::string> challenge_parameters;
};

class Cognito {
 public:
  Cognito(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  // Signed (administrator) operations. A missing user is ServiceError `UserNotFoundException`, kind kNotFound.
  CognitoUser admin_create_user(const std::string& pool, const CreateUser& user);
  void admin_set_user_password(const std::string& pool, const std::string& username, const std::string& password,
                               bool permanent);
  CognitoUser admin_get_user(const std::string& pool, const std::string& username);
  void admin_delete_user(const std::string& pool, const std::string& username);
  UserPage list_users(const std::string& pool, const std::string& filter, int limit, const std::string& page);

  // Public operations, not signed.
  AuthResult initiate_auth(const std::string& flow, const std::string& client_id,
                           const std::map<std::string, std::string>& parameters);
  AuthResult respond_to_challenge(const std::string& challenge, const std::string& client_id,
                                  const std::string& session, const std::map<std::string, std::string>& responses);
  CognitoUser get_user(const std::string& access_token);
  void global_sign_out(const std::string& access_token);
  void revoke_token(const std::string& refresh_token, const std::string& client_id, const std::string& client_secret);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
