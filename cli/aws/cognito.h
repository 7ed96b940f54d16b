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
/// What `status` may be.
/// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html
const std::vector<std::string>& user_statuses();

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

struct CognitoGroup {
  std::string name;
  std::string description;  ///< may be empty
};

struct GroupPage {
  std::vector<CognitoGroup> groups;
  std::string next;  ///< pagination token; empty: that was all
};

/// What a pool asks of passwords.
/// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html
struct PasswordPolicy {
  int minimum_length = 6;
  bool upper = false;
  bool lower = false;
  bool number = false;
  bool symbol = false;
};
struct UserPoolDescription {
  PasswordPolicy password_policy;
  std::vector<std::string> fixed_attributes;     ///< custom ones that never change once set, with prefix: `custom:plan`
  std::vector<std::string> username_attributes;  ///< `email`, `phone_number`: users sign in with it, names are made up
  std::string domain{};         ///< of its sign-in page: the prefix of `PREFIX.auth.REGION.amazoncognito.com`
  std::string custom_domain{};  ///< of its sign-in page, whole
  std::vector<std::string> alias_attributes{};  ///< `email` …: users sign in with it too, so it is unique
  bool case_sensitive = true;                   ///< of names and addresses; so are pools that do not say
};
struct PoolClientDescription {
  std::vector<std::string> auth_flows;  ///< `ALLOW_USER_SRP_AUTH`, …
  bool has_secret = false;
  std::vector<std::string> callback_urls;  ///< where the sign-in page may send people back to
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
  void admin_enable_user(const std::string& pool, const std::string& username);
  void admin_disable_user(const std::string& pool, const std::string& username);
  void admin_update_user_attributes(const std::string& pool, const std::string& username, const Attributes& attributes);
  void admin_user_global_sign_out(const std::string& pool, const std::string& username);
  AuthResult admin_initiate_auth(const std::string& pool, const std::string& flow, const std::string& client_id,
                                 const std::map<std::string, std::string>& parameters);
  AuthResult admin_respond_to_challenge(const std::string& pool, const std::string& challenge,
                                        const std::string& client_id, const std::string& session,
                                        const std::map<std::string, std::string>& responses);

  // Groups. A missing group is ServiceError `ResourceNotFoundException`.
  void create_group(const std::string& pool, const std::string& group, const std::string& description);
  void admin_add_user_to_group(const std::string& pool, const std::string& username, const std::string& group);
  void admin_remove_user_from_group(const std::string& pool, const std::string& username, const std::string& group);
  GroupPage list_groups(const std::string& pool, int limit, const std::string& page);
  GroupPage admin_list_groups_for_user(const std::string& pool, const std::string& username, int limit,
                                       const std::string& page);
  UserPage list_users_in_group(const std::string& pool, const std::string& group, int limit, const std::string& page);

  UserPoolDescription describe_user_pool(const std::string& pool);
  PoolClientDescription describe_user_pool_client(const std::string& pool, const std::string& client_id);

  // Public operations, not signed.
  AuthResult initiate_auth(const std::string& flow, const std::string& client_id,
                           const std::map<std::string, std::string>& parameters);
  AuthResult respond_to_challenge(const std::string& challenge, const std::string& client_id,
                                  const std::string& session, const std::map<std::string, std::string>& responses);
  /// New tokens for a refresh token; with rotation a new refresh token too, and the old one ends after its grace
  /// period. ServiceError `RefreshTokenReuseException`, kind kRefused, when it has ended so.
  /// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html
  AuthResult get_tokens_from_refresh_token(const std::string& refresh_token, const std::string& client_id,
                                           const std::string& client_secret);
  CognitoUser get_user(const std::string& access_token);
  void global_sign_out(const std::string& access_token);
  void revoke_token(const std::string& refresh_token, const std::string& client_id, const std::string& client_secret);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
