#include "local/cognito/groups.h"

#include <fmt/format.h>

namespace wsdeep::local {
namespace {

std::string select_groups(std::string_view rest) {
  return fmt::format(
      "SELECT g.name, g.description, g.precedence, g.role_arn, g.created_ms, g.modified_ms FROM cognito_groups g {}",
      rest);
}

Database& with_group_tables(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_groups (name TEXT PRIMARY KEY, description TEXT NOT NULL, precedence "
      "INTEGER, "
      "role_arn TEXT NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS cognito_members (group_name TEXT NOT NULL REFERENCES cognito_groups (name) "
      "ON DELETE CASCADE, username TEXT NOT NULL COLLATE NOCASE REFERENCES cognito_users (username) ON DELETE CASCADE, "
      "PRIMARY KEY (group_name, username)) WITHOUT ROWID;"
      "CREATE INDEX IF NOT EXISTS cognito_members_user ON cognito_members (username)");
  return database;
}

Group read(const Statement& row) {
  Group group{row.text(0), row.text(1), {}, row.text(3), row.integer(4), row.integer(5)};
  if (!row.is_null(2)) group.precedence = row.integer(2);
  return group;
}

}  // namespace

GroupTable::GroupTable(Database& database)
    : find_(with_group_tables(database), select_groups("WHERE g.name = ?")),
      insert_(database, "INSERT INTO cognito_groups VALUES (?, ?, ?, ?, ?, ?)"),
      remove_(database, "DELETE FROM cognito_groups WHERE name = ?"),
      list_(database, select_groups("WHERE g.name > ?1 ORDER BY g.name LIMIT ?2")),
      list_of_user_(database, select_groups("JOIN cognito_members m ON m.group_name = g.name "
                                            "WHERE g.name > ?1 AND m.username = ?3 ORDER BY g.name LIMIT ?2")),
      add_member_(database, "INSERT OR IGNORE INTO cognito_members VALUES (?, ?)"),
      remove_member_(database, "DELETE FROM cognito_members WHERE group_name = ? AND username = ?"),
      members_(database,
               "SELECT username FROM cognito_members WHERE group_name = ? AND username > ? ORDER BY username LIMIT ?") {
}

std::optional<Group> GroupTable::find(std::string_view name) {
  const Running running(find_);
  find_.bind(1, name);
  if (!find_.step()) return std::nullopt;
  return read(find_);
}

void GroupTable::insert(const Group& group) {
  insert_.bind(1, group.name).bind(2, group.description);
  if (group.precedence)
    insert_.bind(3, *group.precedence);
  else
    insert_.bind_null(3);
  insert_.bind(4, group.role_arn).bind(5, group.created_ms).bind(6, group.modified_ms).run();
}

void GroupTable::remove(std::string_view name) {
  remove_.bind(1, name).run();
}

std::vector<Group> GroupTable::list(std::string_view username, std::string_view after, int limit) {
  Statement& rows = username.empty() ? list_ : list_of_user_;
  const Running running(rows);
  rows.bind(1, after).bind(2, std::int64_t{limit});
  if (!username.empty()) rows.bind(3, username);
  std::vector<Group> groups;
  while (rows.step()) groups.push_back(read(rows));
  return groups;
}

void GroupTable::add_member(std::string_view group, std::string_view username) {
  add_member_.bind(1, group).bind(2, username).run();
}

void GroupTable::remove_member(std::string_view group, std::string_view username) {
  remove_member_.bind(1, group).bind(2, username).run();
}

std::vector<std::string> GroupTable::members(std::string_view group, std::string_view after, int limit) {
  const Running running(members_);
  members_.bind(1, group).bind(2, after).bind(3, std::int64_t{limit});
  std::vector<std::string> names;
  while (members_.step()) names.push_back(members_.text(0));
  return names;
}

}  // namespace wsdeep::local
