#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "commands/users/sweep.h"

namespace wsdeep::commands {
namespace {

struct PurgeOptions {
  TargetOptions target;
  std::string older_than;
  SweepOptions sweep;
};

int run_purge(const PurgeOptions& options, Context& context);

}  // namespace

void add_users_purge(const Command& users, Context& context) {
  auto options = std::make_shared<PurgeOptions>();
  const Command command = users.add_subcommand("purge", "Delete test users of a certain age");
  command.add_option("--older-than", options->older_than, "age: 90m, 36h, 7d, 4w").required();
  add_sweep_options(command, options->sweep);
  command.footer("Who counts as a test user: see `wsdeep users delete --help`.");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_purge(*options, context); });
}

namespace {

std::chrono::seconds parse_age(const std::string& text);

int run_purge(const PurgeOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  return sweep(target, {options.sweep.prefix, parse_age(options.older_than)}, options.sweep.yes, context);
}

/// `90m`, `36h`, `7d`, `4w`
std::chrono::seconds parse_age(const std::string& text) {
  const auto unit = text.empty()         ? 0
                    : text.back() == 'm' ? 60
                    : text.back() == 'h' ? 3600
                    : text.back() == 'd' ? 86400
                    : text.back() == 'w' ? 604800
                                         : 0;
  const auto count =
      unit == 0 ? std::nullopt : parse_integer(std::string_view(text).substr(0, text.size() - 1), 1, 100000);
  if (!count)
    throw Error(ErrorKind::kUsage,
                fmt::format("--older-than must be an age such as 90m, 36h, 7d or 4w, got '{}'", text));
  return std::chrono::seconds(*count * unit);
}

}  // namespace

}  // namespace wsdeep::commands
