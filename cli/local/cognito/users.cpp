#include "local/cognito/users.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kColumns =
    "u.username, u.sub, u.status, u.enabled, u.srp_salt, u.srp_verifier, u.password_ms, u.created_ms, "
    "u.modified_ms";

/// What ListUsers can search; custom attributes are not among them.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html
constexpr std::array<std::string_view, 10> kSearchable = {
    "username", "email",  "phone_number",       "name", "given_name", "family_name", "preferred_username",
    "sub",      "status", "cognito:user_status"};

Database& with_tables(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_users (username TEXT PRIMARY KEY COLLATE NOCASE, sub TEXT NOT NULL UNIQUE, "
      "status TEXT NOT NULL, enabled INTEGER NOT NULL, srp_salt TEXT NOT NULL, "
      "srp_verifier TEXT NOT NULL, password_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, "
      "modified_ms INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS cognito_attributes (username TEXT NOT NULL COLLATE NOCASE "
      "REFERENCES cognito_users (username) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL COLLATE NOCASE, "
      "PRIMARY KEY (username, name)) WITHOUT ROWID;"
      "CREATE INDEX IF NOT EXISTS cognito_attributes_value ON cognito_attributes (name, value)");
  // Earlier versions kept a second hash of every password; its user's verifier is all that is needed.
  if (database.has_column("cognito_users", "password_hash"))
    database.execute("ALTER TABLE cognito_users DROP COLUMN password_hash");
  return database;
}

std::string select_where(std::string_view condition) {
  return fmt::format("SELECT {} FROM cognito_users u WHERE {}", kColumns, condition);
}

ApiFault bad_filter() {
  return {"InvalidParameterException", "Error while parsing filter"};
}

/// SQL that is true for the users whom the filter lets through; its value is parameter 3.
std::string condition_of(const UserFilter& filter) {
  const auto matches = [&](std::string_view expression) {
    return filter.prefix ? fmt::format("substr({}, 1, length(?3)) = ?3", expression)
                         : fmt::format("{} = ?3", expression);
  };
  if (filter.attribute == "username") return matches("u.username");
  if (filter.attribute == "sub") return matches("u.sub");
  if (filter.attribute == "cognito:user_status") return matches("u.status COLLATE NOCASE");
  if (filter.attribute == "status")
    return matches("CASE u.enabled WHEN 1 THEN 'Enabled' ELSE 'Disabled' END COLLATE NOCASE");
  // The name is one of kSearchable: nothing that a client chose becomes SQL.
  return fmt::format(
      "EXISTS (SELECT 1 FROM cognito_attributes a WHERE a.username = u.username AND a.name = '{}' AND {})",
      filter.attribute, matches("a.value"));
}

/// A string in quotes with `\"` inside, from the start of `text` to its end.
std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') throw bad_filter();
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') throw bad_filter();
    if (text[i] == '\\' && ++i == text.size()) throw bad_filter();
    out += text[i];
  }
  return out;
}

}  // namespace

bool User::has_verified(const std::string& email) const {
  const auto address = attributes.find("email");
  const auto verified = attributes.find("email_verified");
  return address != attributes.end() && iequals(address->second, email) && verified != attributes.end() &&
         verified->second == "true";
}

std::optional<UserFilter> parse_user_filter(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) throw bad_filter();
  UserFilter filter;
  filter.prefix = text[equals - 1] == '^';
  std::string_view name = trim(text.substr(0, equals - (filter.prefix ? 1 : 0)));
  // Cognito's own examples write the name both bare and in escaped quotes.
  if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  filter.attribute = name;
  filter.value = unquote(trim(text.substr(equals + 1)));
  if (std::find(kSearchable.begin(), kSearchable.end(), name) == kSearchable.end()) {
    if (name.empty() || name.find(' ') != std::string_view::npos) throw bad_filter();
    throw ApiFault("InvalidParameterException", fmt::format("Invalid search attribute: {}", name));
  }
  return filter;
}

UserTable::UserTable(Database& database)
    : database_(with_tables(database)),
      by_name_(database, select_where("u.username = ?")),
      by_sub_(database, select_where("u.sub = ?")),
      by_email_(database,
                select_where("u.username IN (SELECT e.username FROM cognito_attributes e JOIN cognito_attributes v "
                             "ON v.username = e.username AND v.name = 'email_verified' AND v.value = 'true' "
                             "WHERE e.name = 'email' AND e.value = ?)")),
      insert_(database,
              "INSERT INTO cognito_users (status, enabled, srp_salt, srp_verifier, password_ms, modified_ms, "
              "username, sub, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_(database,
              "UPDATE cognito_users SET status = ?, enabled = ?, srp_salt = ?, "
              "srp_verifier = ?, password_ms = ?, modified_ms = ? WHERE username = ?"),
      remove_(database, "DELETE FROM cognito_users WHERE username = ?"),
      attributes_(database, "SELECT name, value FROM cognito_attributes WHERE username = ?"),
      clear_attributes_(database, "DELETE FROM cognito_attributes WHERE username = ?"),
      add_attribute_(database, "INSERT INTO cognito_attributes (username, name, value) VALUES (?, ?, ?)"),
      count_(database, "SELECT count(*) FROM cognito_users") {}

User UserTable::read(const Statement& row) {
  User user{
      row.text(0),    row.text(1),    row.text(2), row.integer(3) != 0, {row.text(4), row.text(5)}, row.integer(6),
      row.integer(7), row.integer(8), {}};
  const Running running(attributes_);
  attributes_.bind(1, user.username);
  while (attributes_.step()) user.attributes.emplace(attributes_.text(0), attributes_.text(1));
  return user;
}

std::optional<User> UserTable::find_one(Statement& statement, std::string_view value) {
  const Running running(statement);
  statement.bind(1, value);
  if (!statement.step()) return std::nullopt;
  return read(statement);
}

std::optional<User> UserTable::find(std::string_view username) {
  return find_one(by_name_, username);
}

std::optional<User> UserTable::find_by_sub(std::string_view sub) {
  return find_one(by_sub_, sub);
}

std::optional<User> UserTable::find_by_verified_email(std::string_view email) {
  return find_one(by_email_, email);
}

std::optional<User> UserTable::find_by_login(std::string_view login) {
  if (auto user = find(login)) return user;
  if (auto user = find_by_sub(login)) return user;
  return find_by_verified_email(login);
}

namespace {

/// Parameters 1 to 6 of `insert_` and `update_`.
void bind_changing_columns(Statement& statement, const User& user) {
  statement.bind(1, user.status)
      .bind(2, std::int64_t{user.enabled})
      .bind(3, user.password.srp_salt)
      .bind(4, user.password.srp_verifier)
      .bind(5, user.password_ms)
      .bind(6, user.modified_ms);
}

}  // namespace

void UserTable::insert(const User& user) {
  Transaction transaction(database_);
  bind_changing_columns(insert_, user);
  insert_.bind(7, user.username).bind(8, user.sub).bind(9, user.created_ms).run();
  write_attributes(user);
  transaction.commit();
}

void UserTable::update(const User& user) {
  Transaction transaction(database_);
  bind_changing_columns(update_, user);
  update_.bind(7, user.username).run();
  clear_attributes_.bind(1, user.username).run();
  write_attributes(user);
  transaction.commit();
}

void UserTable::write_attributes(const User& user) {
  for (const auto& [name, value] : user.attributes)
    add_attribute_.bind(1, user.username).bind(2, name).bind(3, value).run();
}

void UserTable::remove(std::string_view username) {
  remove_.bind(1, username).run();
}

std::vector<User> UserTable::list(const std::optional<UserFilter>& filter, std::string_view after, int limit) {
  Statement rows(database_, select_where(fmt::format("u.username > ?1 AND ({}) ORDER BY u.username LIMIT ?2",
                                                     filter ? condition_of(*filter) : "1")));
  rows.bind(1, after).bind(2, std::int64_t{limit});
  if (filter) rows.bind(3, filter->value);
  std::vector<User> users;
  while (rows.step()) users.push_back(read(rows));
  return users;
}

std::int64_t UserTable::count() {
  const Running running(count_);
  count_.step();
  return count_.integer(0);
}

}  // namespace wsdeep::local
