#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "commands/target.h"
#include "users/test_users.h"

/// What the files users_*.cpp share: each adds its own subcommands of `wsdeep users`.
namespace wsdeep::commands {

void add_users_create(CLI::App& users, Context& context);
void add_users_list(CLI::App& users, Context& context);
void add_users_delete(CLI::App& users, Context& context);
void add_users_state(CLI::App& users, Context& context);
void add_users_group(CLI::App& users, Context& context);
void add_users_tokens(CLI::App& users, Context& context);

/// The target, with a pool. Throws Error{kUsage} when the pool is not known.
Target resolve_pool(const TargetOptions& options, Context& context);

TestPrefixes test_prefixes(Context& context);

/// `1 user`, `2 users`
std::string count_of_users(std::uint64_t count);

/// Watches the tokens of a list's pages: one that comes twice would make the list endless.
class PageWatch {
 public:
  /// `token` as it came, to ask for the next page with. Throws Error{kFailure} when it came before.
  const std::string& next(const std::string& token);

 private:
  std::unordered_set<std::size_t> seen_;  ///< hashes
};

/// Reads all pages and hands the users over one by one, until `take` returns false.
void for_each_user(const std::function<aws::UserPage(const std::string& page)>& read_page,
                   const std::function<bool(const aws::CognitoUser&)>& take);

/// Does `change` to each of `usernames` and says so: `enabled ann`. A refusal does not keep it from the others: they
/// are told one by one, and the first one's kind is the command's; a cancelled call ends it. `verb` such as "enable",
/// `past` such as "enabled".
void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change);

/// Asks unless `yes`. Throws Error{kFailure} for anything but y or yes.
void confirm(const std::string& question, bool yes, const Context& context);

}  // namespace wsdeep::commands
