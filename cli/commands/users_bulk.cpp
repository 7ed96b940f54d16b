#include "commands/users_bulk.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "commands/bulk_run.h"
#include "commands/cognito_errors.h"
#include "commands/password_policy.h"
#include "commands/results_file.h"
#include "commands/user_reader.h"
#include "commands/users_commands.h"

// Many users at once. A source hands out one user after the other; each becomes a job of a bulk run, and what became of
// it a line of the results file before the worker takes the next. Whatever ends the run, the same command goes on where
// it stopped. A user who was created in that last moment, but not yet recorded, is found again by the refusal of his
// name: he is taken for ours, and completed, only when he is as fresh as the run and still has no password of his own.

namespace wsdeep::commands {
namespace {

struct NumberedUser {
  std::uint64_t index = 0;
  NewUser user;
};
/// The next user of the input, or nothing at its end.
using UserSource = std::function<std::optional<NumberedUser>()>;

/// Clocks of this machine and of the service may differ by so much.
constexpr double kClockTolerance = 300;

/// Creates users, and records what became of each.
class BulkCreation {
 public:
  BulkCreation(const Target& target, Context& context, ResultsFile& results, bool mark_as_test,
               aws::PasswordPolicy policy)
      : target_(target), context_(context), results_(results), mark_as_test_(mark_as_test), policy_(policy) {}

  int run(const UserSource& source, const BulkOptions& options) {
    if (results_.resumed())
      context_.console.err(fmt::format("going on: {} were created before\n", count_of_users(results_.count_done())));
    progress_.done = results_.count_done();
    try {
      run_bulk(target_, context_, options, progress_, [&] { return next_job(source); });
    } catch (const Error& error) {
      throw Error(error.kind(), fmt::format("{}: {} created so far", error.what(), count_of_users(progress_.done)),
                  fmt::format("run the same command again to go on; results are in {}", results_.path().string()));
    }
    return report();
  }

 private:
  std::optional<BulkJob> next_job(const UserSource& source) {
    while (auto next = source())
      if (!results_.is_done(next->index))
        return [this, work = *std::move(next)](BulkWorker& worker) mutable { create(worker, work); };
    return std::nullopt;
  }

  void create(BulkWorker& worker, NumberedUser& work) {
    NewUser& user = work.user;
    if (user.password.empty()) user.password = generate_password(policy_);
    if (mark_as_test_) user.attributes[kTestMarker] = "true";
    try {
      if (create_or_adopt(worker, user)) complete(worker, user);
      results_.add_created(work.index, user.username, user.password);
      ++progress_.done;
    } catch (const Error& error) {
      if (!concerns_one_user(error)) throw;
      const Error cause = explain(dynamic_cast<const aws::ServiceError&>(error), "refused", user.username);
      results_.add_failed(work.index, user.username, cause.what());
      ++progress_.failed;
    }
  }

  bool create_or_adopt(BulkWorker& worker, const NewUser& user) {
    const int uncertain = worker.uncertain();
    try {
      worker.call([&](aws::Cognito& cognito) { cognito.admin_create_user(target_.user_pool_id, creation_of(user)); });
      return true;
    } catch (const aws::ServiceError& error) {
      if (error.code() != "UsernameExistsException") throw;
      if (!results_.resumed() && worker.uncertain() == uncertain) throw;
      if (!is_ours(worker, user.username)) throw;
      return true;
    }
  }

  /// True for a user whose creation went through without our hearing of it.
  bool is_ours(BulkWorker& worker, const std::string& username) {
    const aws::CognitoUser found =
        worker.call([&](aws::Cognito& cognito) { return cognito.admin_get_user(target_.user_pool_id, username); });
    return found.status == "FORCE_CHANGE_PASSWORD" &&
           found.created >= static_cast<double>(results_.started()) - kClockTolerance;
  }

  /// A user who cannot be completed is taken back: he would be of no use, and in the way of the next try.
  void complete(BulkWorker& worker, const NewUser& user) {
    try {
      worker.call([&](aws::Cognito& cognito) { complete_user(cognito, target_.user_pool_id, user); });
    } catch (const Error& error) {
      if (!concerns_one_user(error)) throw;
      worker.call([&](aws::Cognito& cognito) { cognito.admin_delete_user(target_.user_pool_id, user.username); });
      throw;
    }
  }

  int report() const {
    context_.console.err(
        fmt::format("created {}; results are in {}\n", count_of_users(progress_.done), results_.path().string()));
    if (progress_.failed == 0) return 0;
    throw Error(
        ErrorKind::kFailure, fmt::format("{} could not be created", count_of_users(progress_.failed)),
        fmt::format("the causes are in {}; run the same command again to try them again", results_.path().string()));
  }

  const Target& target_;
  Context& context_;
  ResultsFile& results_;
  bool mark_as_test_;
  aws::PasswordPolicy policy_;
  BulkProgress progress_;
};

aws::UserPoolDescription describe_pool(const Target& target, Context& context) {
  CognitoAccess access(target, context);
  return explained("cannot create users", "", [&] { return access.cognito.describe_user_pool(target.user_pool_id); });
}

UserFormat format_of(const std::string& file) {
  const std::string extension = to_lower(std::filesystem::path(file).extension().string());
  if (extension == ".csv") return UserFormat::kCsv;
  if (extension == ".jsonl" || extension == ".ndjson") return UserFormat::kJsonLines;
  throw Error(ErrorKind::kUsage, fmt::format("cannot tell what is in '{}'", file), "name it .csv or .jsonl");
}

std::ifstream open_input(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(file))
    throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: no such file", file));
  return in;
}

/// What the whole file says before anything is created.
struct Survey {
  std::uint64_t users = 0;
  std::uint64_t bad = 0;
};

/// Reads the file to its end. Bad records are told one by one; a name that comes twice is one.
Survey survey(const std::string& file, const aws::PasswordPolicy& policy, const Context& context) {
  constexpr std::uint64_t kShown = 20;
  std::ifstream in = open_input(file);
  UserReader reader(in, file, format_of(file), policy);
  std::unordered_set<std::size_t> seen;
  Survey result;
  for (bool more = true; more;) {
    try {
      const auto user = reader.next();
      more = user.has_value();
      if (!user) break;
      if (!seen.insert(std::hash<std::string>()(user->username)).second)
        throw reader.fault(reader.line(), 1, fmt::format("user '{}' comes twice", user->username));
      ++result.users;
    } catch (const Error& error) {
      if (++result.bad <= kShown) context.console.err(std::string(error.what()) + "\n");
    }
  }
  return result;
}

/// Users of a file by their place among its good and bad records; the bad ones were told by the survey.
class FileSource {
 public:
  FileSource(const std::string& file, const aws::PasswordPolicy& policy)
      : in_(open_input(file)), reader_(in_, file, format_of(file), policy) {}

  std::optional<NumberedUser> next() {
    for (;; ++index_) {
      try {
        auto user = reader_.next();
        if (!user) return std::nullopt;
        return NumberedUser{index_++, *std::move(user)};
      } catch (const Error&) {
        continue;
      }
    }
  }

 private:
  std::ifstream in_;
  UserReader reader_;
  std::uint64_t index_ = 0;
};

std::string content_mark(const std::string& file) {
  std::ifstream in = open_input(file);
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a: tells an edited file, and nobody attacks it
  for (char c; in.get(c);) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return fmt::format("{:016x}", hash);
}

}  // namespace

void add_bulk_options(CLI::App& command, BulkCreateOptions& options) {
  command.add_option("--out", options.out, "results file, with the passwords (by default in the state folder)");
  command.add_option("--parallel", options.parallel, "requests at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

std::filesystem::path default_results_file(const Context& context, const std::string& pool, const std::string& name) {
  return context.state_folder() / "users" / percent_encode(fmt::format("{}_{}.jsonl", pool, name));
}

int create_many(const Target& target, Context& context, const BulkCreateOptions& options, const NewUser& model,
                const std::string& prefix, std::uint64_t count) {
  const aws::UserPoolDescription pool = describe_pool(target, context);
  if (!model.password.empty()) require_policy(pool.password_policy, model.password);
  test_prefixes(context).add(target.user_pool_id, prefix);
  const auto path = options.out.empty() ? default_results_file(context, target.user_pool_id, prefix)
                                        : std::filesystem::path(options.out);
  ResultsFile results(path, target.user_pool_id, "prefix " + prefix, epoch_seconds(context.clock.now()));
  std::uint64_t index = 0;
  const UserSource source = [&]() -> std::optional<NumberedUser> {
    if (index == count) return std::nullopt;
    NumberedUser next{index, model};
    next.user.username = numbered_name(pool, prefix, ++index);
    if (signs_in_with_email(pool)) next.user.attributes["email"] = next.user.username;
    return next;
  };
  BulkCreation creation(target, context, results, has_marker(pool), pool.password_policy);
  return creation.run(source, {options.parallel, "created", count});
}

int import_users(const Target& target, Context& context, const BulkCreateOptions& options,
                 const ImportOptions& import) {
  const aws::UserPoolDescription pool = describe_pool(target, context);
  if (import.test && !has_marker(pool))
    throw Error(ErrorKind::kUsage, fmt::format("{} defines no attribute {}", target.user_pool_id, kTestMarker),
                "import without --test, and delete these users by their names");
  const Survey found = survey(import.file, pool.password_policy, context);
  if (found.bad > 0 && !import.keep_going)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} has {} bad record{}: nothing was created", import.file, found.bad, found.bad == 1 ? "" : "s"),
        "correct them, or pass --keep-going to leave them out");
  const std::string source_name = "import " + content_mark(import.file);
  const auto path = options.out.empty() ? default_results_file(context, target.user_pool_id, source_name)
                                        : std::filesystem::path(options.out);
  ResultsFile results(path, target.user_pool_id, source_name, epoch_seconds(context.clock.now()));
  FileSource source(import.file, pool.password_policy);
  BulkCreation creation(target, context, results, import.test, pool.password_policy);
  const int code = creation.run([&] { return source.next(); }, {options.parallel, "created", found.users});
  if (found.bad > 0)
    context.console.err(fmt::format("left out {} bad record{}\n", found.bad, found.bad == 1 ? "" : "s"));
  return code;
}

}  // namespace wsdeep::commands
