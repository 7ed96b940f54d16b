#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "users/create_many.h"
#include "users/token_pool.h"

namespace wsdeep::commands {
namespace {

struct TokensOptions {
  TargetOptions target;
  users::TokenPoolOptions pool;
  std::string prefix;
  std::string from;
  std::string flow = "srp";
};

int run_tokens(const TokensOptions& options, Context& context);

}  // namespace

void add_users_tokens(const Command& users, Context& context) {
  auto options = std::make_shared<TokensOptions>();
  const Command command = users.add_subcommand("tokens", "Keep a file of fresh tokens of many users, for a load test");
  command.add_option("--count", options->pool.count, "so many of the users (by default all)").range(1, 10'000'000);
  const Option from =
      command.add_option("--from", options->from, "results file of `users create --count` or `users import`");
  command.add_option("--prefix", options->prefix, "the results of this prefix; needed when there are several")
      .excludes(from);
  command.add_option("--out", options->pool.out, "file of tokens, JSON lines; mode 0600").required();
  command.add_option("--flow", options->flow, "srp, password or admin, where a user has to sign in")
      .one_of({"srp", "password", "admin"})
      .shows_default();
  command.add_option("--fresh", options->pool.fresh_minutes, "keep tokens that are good for more minutes than this")
      .range(1, 1440)
      .shows_default();
  command.add_option("--parallel", options->pool.parallel, "requests at the same time").range(1, 64).shows_default();
  command.footer(
      "Run it again to freshen the file: a user signs in only when there is no other way.\n\n"
      "Example:\n  wsdeep users tokens --count 500 --out tokens.jsonl");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_tokens(*options, context); });
}

namespace {

std::filesystem::path users_file(const TokensOptions& options, const users::Target& target, Context& context);

int run_tokens(const TokensOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::TokenPoolOptions pool = options.pool;
  pool.flow = auth::sign_in_flow(options.flow);
  users::freshen_tokens(target, context, pool, users_file(options, target, context));
  return 0;
}

/// The prefix of the one bulk creation that this machine has done at the pool.
std::string only_prefix(const users::Target& target, Context& context) {
  const std::vector<std::string> prefixes = users::test_prefixes(context).of(target.user_pool_id);
  if (prefixes.size() == 1) return prefixes.front();
  if (prefixes.empty())
    throw Error(ErrorKind::kNotFound, "no users whose passwords are known",
                "create some with: wsdeep users create --count 100 --prefix load-; or pass --from with a results file");
  throw Error(ErrorKind::kUsage, "which users: there are several bulk creations",
              fmt::format("pass --prefix with one of: {}", join(prefixes, ", ")));
}

std::filesystem::path users_file(const TokensOptions& options, const users::Target& target, Context& context) {
  if (!options.from.empty()) return options.from;
  const std::string prefix = options.prefix.empty() ? only_prefix(target, context) : options.prefix;
  const auto known = users::test_prefixes(context).results_of(target.user_pool_id, prefix);
  return known.empty() ? users::default_results_file(context, target.user_pool_id, prefix) : known.back();
}

}  // namespace

}  // namespace wsdeep::commands
