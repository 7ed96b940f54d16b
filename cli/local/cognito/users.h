#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "local/cognito/passwords.h"
#include "local/store/sqlite.h"

namespace wsdeep::local {

struct User {
  std::string username;
  std::string sub;
  std::string status;  ///< CONFIRMED or FORCE_CHANGE_PASSWORD
  bool enabled = true;
  PasswordRecord password;
  std::int64_t password_ms = 0;  ///< when it was set
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  std::map<std::string, std::string> attributes;  ///< without `sub`

  bool has_verified(const std::string& email) const;
};

/// ListUsers' `Filter`: `email ^= "a"`.
struct UserFilter {
  std::string attribute;
  bool prefix = false;
  std::string value;
};
/// ApiFault InvalidParameterException when `text` is not a filter that Cognito knows. Nothing for an empty text.
std::optional<UserFilter> parse_user_filter(std::string_view text);

/// The users of the pool; their names are not case-sensitive.
class UserTable {
 public:
  explicit UserTable(Database& database);

  std::optional<User> find(std::string_view username);
  std::optional<User> find_by_sub(std::string_view sub);
  /// By name, `sub` or verified e-mail address: whatever Cognito takes for a user.
  std::optional<User> find_by_login(std::string_view login);
  /// The user who has verified the e-mail address.
  std::optional<User> find_by_verified_email(std::string_view email);

  void insert(const User& user);
  /// Writes everything but name, sub and creation time.
  void update(const User& user);
  void remove(std::string_view username);

  /// In order of names, after `after`, at most `limit`.
  std::vector<User> list(const std::optional<UserFilter>& filter, std::string_view after, int limit);
  std::int64_t count();

 private:
  std::optional<User> find_one(Statement& statement, std::string_view value);
  User read(const Statement& row);
  void write_attributes(const User& user);

  Database& database_;
  Statement by_name_, by_sub_, by_email_, insert_, update_, remove_, attributes_, clear_attributes_, add_attribute_,
      count_;
};

}  // namespace wsdeep::local
