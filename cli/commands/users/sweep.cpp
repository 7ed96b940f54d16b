#include "commands/users/sweep.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wsdeep::commands {
namespace {

/// `us-east-1_Ab12Cd34E (production)`
std::string name_of_pool(const users::Target& target) {
  return target.environment.empty() ? target.user_pool_id
                                    : fmt::format("{} ({})", target.user_pool_id, target.environment);
}

/// `a, b, c and 97 more`
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  if (names.size() <= kShown) return join(names, ", ");
  const std::vector<std::string> shown(names.begin(), names.begin() + kShown);
  return fmt::format("{} and {} more", join(shown, ", "), names.size() - kShown);
}

}  // namespace

Option add_sweep_options(const Command& command, SweepOptions& options) {
  command.add_flag("--yes", options.yes, "do not ask");
  return command.add_option("--prefix", options.prefix, "only test users whose names begin like this");
}

void confirm_deletion(const std::vector<std::string>& usernames, const users::Target& target, bool yes,
                      const Context& context) {
  confirm(fmt::format("Delete {} from {}?", some_of(usernames), name_of_pool(target)), yes, context);
}

int sweep(const users::Target& target, const users::TestUserFilter& filter, bool yes, Context& context) {
  const users::TestUsers users = users::find_test_users(target, filter, context);
  std::vector<std::string> usernames;
  for (const auto& [username, doomed] : users.found) usernames.push_back(username);
  if (usernames.empty()) {
    context.console.err("no test users: nothing to do\n");
    return 0;
  }
  confirm_deletion(usernames, target, yes, context);
  users::delete_test_users(target, users, context);
  return 0;
}

}  // namespace wsdeep::commands
