#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "local/store/sqlite.h"

namespace wsdeep::local {

struct Group {
  std::string name;
  std::string description;
  std::optional<std::int64_t> precedence;
  std::string role_arn;
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
};

/// The pool's groups and who is in them. The tables of users have to be there first.
class GroupTable {
 public:
  explicit GroupTable(Database& database);

  std::optional<Group> find(std::string_view name);
  void insert(const Group& group);
  void remove(std::string_view name);
  /// In order of names, after `after`, at most `limit`; of one user's groups when `username` is not empty.
  std::vector<Group> list(std::string_view username, std::string_view after, int limit);

  void add_member(std::string_view group, std::string_view username);
  void remove_member(std::string_view group, std::string_view username);
  std::vector<std::string> members(std::string_view group, std::string_view after, int limit);

 private:
  Statement find_, insert_, remove_, list_, list_of_user_, add_member_, remove_member_, members_;
};

}  // namespace wsdeep::local
