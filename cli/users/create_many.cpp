#include "users/create_many.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "users/bulk_creation.h"
#include "users/cognito_errors.h"
#include "users/import_file.h"
#include "users/pages.h"
#include "users/password_policy.h"

// Many users at once. A source hands out one user after the other, numbered ones or those of a file; each becomes a job
// of a bulk run. Whatever ends the run, the same command goes on where it stopped.

namespace wsdeep::users {
namespace {

aws::UserPoolDescription describe_pool(const Target& target, Context& context) {
  return explained("cannot create users", "", [&] {
    return call_patiently(target, context, Quota::kUserPoolRead,
                          [&](aws::Cognito& cognito) { return cognito.describe_user_pool(target.user_pool_id); });
  });
}

/// The pool's groups, read when somebody first asks for one.
class KnownGroups {
 public:
  KnownGroups(const Target& target, Context& context) : target_(target), context_(context) {}

  bool has(const std::string& group) {
    if (!names_) read();
    return std::binary_search(names_->begin(), names_->end(), group);
  }

 private:
  void read() {
    names_.emplace();
    PageWatch watch;
    std::string next;
    do {
      const aws::GroupPage page = explained("cannot list the pool's groups", "", [&] {
        return call_patiently(target_, context_, Quota::kUserPoolResourceRead, [&](aws::Cognito& cognito) {
          return cognito.list_groups(target_.user_pool_id, kPage, next);
        });
      });
      for (const aws::CognitoGroup& group : page.groups) names_->push_back(group.name);
      next = watch.next(page.next);
    } while (!next.empty());
    std::sort(names_->begin(), names_->end());
  }

  const Target& target_;
  Context& context_;
  std::optional<std::vector<std::string>> names_;
};

UserRules rules_of(const aws::UserPoolDescription& pool, KnownGroups& groups) {
  const auto& aliases = pool.alias_attributes;
  return {pool.password_policy, pool.case_sensitive,
          std::find(aliases.begin(), aliases.end(), "email") != aliases.end(),
          [&groups](const std::string& group) { return groups.has(group); }};
}

/// What the whole file says before anything is created.
struct Survey {
  std::uint64_t users = 0;
  std::uint64_t bad = 0;
};

/// Reads the file to its end. The first bad records are told one by one.
Survey survey(const ImportFile& file, const UserRules& rules, const Context& context) {
  constexpr std::uint64_t kShown = 20;
  ImportReader reader(file, rules);
  Survey result;
  for (;;) {
    try {
      if (!reader.next()) break;
      ++result.users;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage) throw;
      if (++result.bad <= kShown) context.console.err(std::string(error.what()) + "\n");
    }
  }
  if (result.bad > kShown) context.console.err(fmt::format("and {} more\n", result.bad - kShown));
  return result;
}

std::string count_of_bad(std::uint64_t count) {
  return fmt::format("{} bad record{}", count, count == 1 ? "" : "s");
}

/// The good records, in order; the bad ones were told by the survey.
std::optional<PlannedUser> next_good(ImportReader& reader, const ImportFile& file) {
  for (;;) {
    try {
      auto user = reader.next();
      if (!user) return std::nullopt;
      return PlannedUser{*std::move(user), fmt::format("{}:{}", file.name(), reader.line())};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage) throw;
    }
  }
}

std::filesystem::path results_folder(const Context& context) {
  return context.state_folder() / "users";
}

/// One for each pool and file, by a name that is not too long for any file system.
std::filesystem::path import_results_file(const Context& context, const std::string& pool, const ImportFile& file) {
  constexpr std::size_t kHashDigits = 16;
  const std::string hash = hex(sha256(file.identity())).substr(0, kHashDigits);
  return results_folder(context) / percent_encode(fmt::format("{}_import-{}.jsonl", pool, hash));
}

}  // namespace

std::filesystem::path default_results_file(const Context& context, const std::string& pool, const std::string& prefix) {
  return results_folder(context) / percent_encode(fmt::format("{}_{}.jsonl", pool, prefix));
}

void require_groups(const Target& target, Context& context, const std::vector<std::string>& groups) {
  KnownGroups known(target, context);
  for (const std::string& group : groups)
    if (!known.has(group))
      throw Error(ErrorKind::kNotFound, fmt::format("{} has no group '{}'", target.user_pool_id, group),
                  fmt::format("make it with: wsdeep users group create {}; or see which there are with: wsdeep users "
                              "group list",
                              group));
}

int create_many(const Target& target, Context& context, const BulkCreateOptions& options, const NewUser& model,
                const std::string& prefix, std::uint64_t count) {
  const aws::UserPoolDescription pool = describe_pool(target, context);
  if (!model.password.empty()) require_policy(pool.password_policy, model.password);
  require_groups(target, context, model.groups);
  const auto path = options.out.empty() ? default_results_file(context, target.user_pool_id, prefix)
                                        : std::filesystem::path(options.out);
  ResultsFile results(path, target.user_pool_id, "prefix " + prefix, epoch_seconds(context.clock.now()));
  std::uint64_t number = 0;
  const UserSource source = [&]() -> std::optional<PlannedUser> {
    if (number == count) return std::nullopt;
    PlannedUser next{model};
    next.user.username = numbered_name(pool, prefix, ++number);
    if (signs_in_with_email(pool)) next.user.attributes["email"] = next.user.username;
    return next;
  };
  const auto remember = [&] { test_prefixes(context).add(target.user_pool_id, prefix, path); };
  BulkCreation creation(target, context, results, {has_marker(pool), pool.password_policy, remember});
  return creation.run(source, {options.parallel, count});
}

int import_users(const Target& target, Context& context, const BulkCreateOptions& options,
                 const ImportOptions& import) {
  const ImportFile file(import.file);
  const aws::UserPoolDescription pool = describe_pool(target, context);
  if (import.test && !has_marker(pool))
    throw Error(ErrorKind::kUsage, no_marker(target.user_pool_id),
                "import without --test, and delete these users by their names");
  KnownGroups groups(target, context);
  const UserRules rules = rules_of(pool, groups);
  const Survey found = survey(file, rules, context);
  if (found.bad > 0 && !import.keep_going)
    throw Error(ErrorKind::kUsage, fmt::format("{} has {}: nothing was created", file.name(), count_of_bad(found.bad)),
                "correct them, or pass --keep-going to leave them out");
  if (found.bad > 0) context.console.err(fmt::format("left out {}\n", count_of_bad(found.bad)));
  const auto path = options.out.empty() ? import_results_file(context, target.user_pool_id, file)
                                        : std::filesystem::path(options.out);
  ResultsFile results(path, target.user_pool_id, "import " + file.identity(), epoch_seconds(context.clock.now()));
  ImportReader reader(file, rules);
  BulkCreation creation(target, context, results, {import.test, pool.password_policy, [] {}});
  return creation.run([&] { return next_good(reader, file); }, {options.parallel, found.users});
}

}  // namespace wsdeep::users
