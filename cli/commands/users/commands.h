#pragma once

#include <functional>
#include <string>
#include <vector>

#include "commands/target.h"
#include "users/cognito_access.h"
#include "users/pages.h"

/// What the files users_*.cpp share: each adds its own subcommands of `wsdeep users`.
namespace wsdeep::commands {

void add_users_create(const Command& users, Context& context);
void add_users_list(const Command& users, Context& context);
void add_users_delete(const Command& users, Context& context);
void add_users_state(const Command& users, Context& context);
void add_users_group(const Command& users, Context& context);
void add_users_tokens(const Command& users, Context& context);

/// The target, with a pool. Throws Error{kUsage} when the pool is not known.
users::Target resolve_pool(const TargetOptions& options, Context& context);

/// Does `change` to each of `usernames` and says so: `enabled ann`. A refusal does not keep it from the others: they
/// are told one by one, and the first one's kind is the command's; a cancelled call ends it. `verb` such as "enable",
/// `past` such as "enabled".
void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change);

/// Asks unless `yes`. Throws Error{kFailure} for anything but y or yes.
void confirm(const std::string& question, bool yes, const Context& context);

}  // namespace wsdeep::commands
