#pragma once

#include <string>

#include "commands/target.h"
#include "users/cognito_access.h"
#include "users/pages.h"

/// The subcommands of `wsdeep users`, and what they share.
namespace wsdeep::commands {

void add_users_create(const Command& users, Context& context);
void add_users_import(const Command& users, Context& context);
void add_users_list(const Command& users, Context& context);
void add_users_show(const Command& users, Context& context);
void add_users_delete(const Command& users, Context& context);
void add_users_purge(const Command& users, Context& context);
void add_users_set_password(const Command& users, Context& context);
void add_users_enable(const Command& users, Context& context);
void add_users_disable(const Command& users, Context& context);
void add_users_sign_out(const Command& users, Context& context);
void add_users_group(const Command& users, Context& context);
void add_users_tokens(const Command& users, Context& context);

/// The target, with a pool. Throws Error{kUsage} when the pool is not known.
users::Target resolve_pool(const TargetOptions& options, Context& context);

/// Asks unless `yes`. Throws Error{kFailure} for anything but y or yes.
void confirm(const std::string& question, bool yes, const Context& context);

}  // namespace wsdeep::commands
