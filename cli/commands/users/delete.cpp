#include <fmt/format.h>

#include <memory>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "commands/users/sweep.h"

namespace wsdeep::commands {
namespace {

struct DeleteOptions {
  TargetOptions target;
  std::vector<std::string> usernames;
  bool all_test_users = false;
  SweepOptions sweep;
};

int run_delete(const DeleteOptions& options, Context& context);

}  // namespace

void add_users_delete(const Command& users, Context& context) {
  auto options = std::make_shared<DeleteOptions>();
  const Command command = users.add_subcommand("delete", "Delete users");
  const Option names = command.add_option("names", options->usernames, "user names");
  const Option all = command.add_flag("--all-test-users", options->all_test_users, "every test user of the pool");
  all.excludes(names);
  add_sweep_options(command, options->sweep).needs(all);
  command.footer(
      "A test user carries the attribute custom:wsdeep_test, which --count and --test of `users create` set in pools\n"
      "that define it as immutable. In other pools only users count that a results file of `users create --count\n"
      "--prefix` on this machine records as created at this very pool. Each is looked at again right before: one who "
      "has\n"
      "got a listed name meanwhile is left alone.\n\n"
      "Examples:\n  wsdeep users delete alice bob\n  wsdeep users delete --all-test-users --prefix load- --yes");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_delete(*options, context); });
}

namespace {

void require_usernames(const std::vector<std::string>& names);

int run_delete(const DeleteOptions& options, Context& context) {
  if (options.usernames.empty() && !options.all_test_users)
    throw Error(ErrorKind::kUsage, "nobody is named", "name users, or pass --all-test-users");
  require_usernames(options.usernames);
  const users::Target target = resolve_pool(options.target, context);
  if (options.all_test_users) return sweep(target, {options.sweep.prefix}, options.sweep.yes, context);
  confirm_deletion(options.usernames, target, options.sweep.yes, context);
  users::delete_named(target, options.usernames, context);
  return 0;
}

/// Names that no pool can have are mistakes, perhaps a whole file on the command line.
void require_usernames(const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 128;
  constexpr std::size_t kShown = 60;
  for (const std::string& name : names)
    if (name.empty() || name.size() > 4 * kLongest)
      throw Error(ErrorKind::kUsage,
                  fmt::format("'{}' is no user name: it has 1 to {} characters",
                              cut_middle(strip_control(is_utf8(name) ? name : "?"), kShown), kLongest));
}

}  // namespace

}  // namespace wsdeep::commands
