#include "users/token_pool.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "users/bulk_run.h"
#include "users/cognito_errors.h"
#include "users/pages.h"
#include "users/results_file.h"
#include "users/sign_in.h"
#include "users/user_tokens.h"

namespace wsdeep::users {
namespace {

/// The tokens of an earlier run, by user; empty when there is no file yet.
std::map<std::string, UserTokens> read_tokens(const std::string& path, const Context& context) {
  std::map<std::string, UserTokens> all;
  for (UserTokens& tokens : read_user_tokens(path, context.files, "pass another --out"))
    all[tokens.username] = std::move(tokens);
  return all;
}

/// Nobody is there to answer: a user who is asked for more cannot be used by a load test.
class NoRefreshAnswers final : public auth::ChallengeAnswers {
 public:
  std::string new_password() override { throw refusal("a new password"); }
  std::string required_attribute(const std::string&) override { throw refusal("an attribute"); }
  std::string mfa_code(const std::string&, const std::string&) override { throw refusal("a second factor"); }
  std::string choose_mfa(const std::vector<std::string>&) override { throw refusal("a second factor"); }

 private:
  static Error refusal(const char* what) { return {ErrorKind::kRefused, fmt::format("the pool asks for {}", what)}; }
};

/// Keeps a pool of tokens fresh.
class TokenPool {
 public:
  TokenPool(const TokenPoolOptions& options, const Target& target, Context& context)
      : options_(options),
        target_(target),
        context_(context),
        client_(pool_client(target, context)),
        tokens_(read_tokens(options.out, context)) {}

  /// Takes those out of the file who are no more.
  void drop(const std::vector<std::string>& usernames) {
    for (const std::string& username : usernames) dropped_ += tokens_.erase(username);
  }

  void run(const std::vector<CreatedUser>& users) {
    std::size_t index = 0;
    BulkProgress progress;
    saved_at_ = context_.clock.steady_now();
    const auto next = [&]() -> std::optional<BulkJob> {
      if (index == users.size()) return std::nullopt;
      return [this, &progress, &user = users[index++]](BulkWorker& worker) { serve(worker, user, progress); };
    };
    try {
      run_bulk(target_, context_, {options_.parallel, users.size()}, progress, next);
    } catch (const Error& error) {
      save();  // what was done is kept: nobody of these has to sign in again
      throw Error(error.kind(),
                  fmt::format("{}: {} of {} ready", error.what(), progress.done.load(), count_of_users(users.size())),
                  error.hint().empty() ? "run it again to go on" : error.hint());
    } catch (...) {
      save();
      throw;
    }
    save();
    report(progress);
  }

 private:
  void serve(BulkWorker& worker, const CreatedUser& user, BulkProgress& progress) {
    try {
      const auto old = find(user.username);
      if (old && old->expires_at - epoch_seconds(context_.clock.now()) > 60LL * options_.fresh_minutes)
        ++kept_;
      else if (!(old && refresh(worker, *old)))
        sign_in(worker, user);
      ++progress.done;
    } catch (const Error& error) {
      if (!concerns_one_user(error) && error.kind() != ErrorKind::kRefused) throw;
      ++progress.failed;
      const std::lock_guard lock(mutex_);
      dropped_ += tokens_.erase(user.username);
      if (!first_failure_) first_failure_ = explain_failure(user.username, error);
    }
  }

  /// A pool may say the same of a wrong password and of a user whom it does not have.
  static Error explain_failure(const std::string& username, const Error& error) {
    const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
    if (refusal == nullptr)
      return {ErrorKind::kRefused, fmt::format("'{}': {}", username, error.what()),
              "give them their passwords again, or leave them out of the file"};
    const Error meant = explain(*refusal, fmt::format("'{}'", username), username);
    return {ErrorKind::kRefused, meant.what(),
            fmt::format("deleted, or given another password, since the file was written? see: wsdeep users show {}",
                        username)};
  }

  /// False: the refresh token has ended.
  bool refresh(BulkWorker& worker, const UserTokens& old) {
    auto fresh = refresh_user_tokens(worker, client_, old, context_.clock);
    if (!fresh) return false;
    keep(*std::move(fresh));
    ++refreshed_;
    return true;
  }

  void sign_in(BulkWorker& worker, const CreatedUser& user) {
    NoRefreshAnswers answers;
    const aws::AuthResult result = worker.call(Quota::kUserAuthentication, [&](aws::Cognito& cognito) {
      return auth::sign_in(cognito, client_, options_.flow, user.username, user.password, answers, context_.clock);
    });
    keep(user_tokens_of(user.username, result, "", context_.clock));
    ++signed_in_;
  }

  std::optional<UserTokens> find(const std::string& username) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(username);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
  }

  void keep(UserTokens tokens) {
    const std::lock_guard lock(mutex_);
    tokens_[tokens.username] = std::move(tokens);
    // Whatever ends the run, few have to sign in again.
    constexpr std::chrono::seconds kSaveEvery{1};
    if (context_.clock.steady_now() - saved_at_ < kSaveEvery) return;
    save();
    saved_at_ = context_.clock.steady_now();
  }

  void save() {
    std::vector<UserTokens> all;
    for (const auto& [username, tokens] : tokens_) all.push_back(tokens);
    write_user_tokens(options_.out, all, context_.files);
  }

  void report(const BulkProgress& progress) const {
    context_.console.err(fmt::format("{} ready: {} kept, {} refreshed, {} signed in; tokens are in {}{}\n",
                                     count_of_users(progress.done), kept_.load(), refreshed_.load(), signed_in_.load(),
                                     options_.out, others(progress)));
    if (progress.failed == 0) return;
    throw Error(ErrorKind::kRefused,
                fmt::format("{} could not sign in: {}{}", count_of_users(progress.failed),
                            progress.failed > 1 ? "the first is " : "", first_failure_->what()),
                first_failure_->hint());
  }

  /// `, with 6 more that were left as they are; dropped 1`
  std::string others(const BulkProgress& progress) const {
    std::string text;
    if (const std::uint64_t more = tokens_.size() - progress.done; more > 0)
      text += fmt::format(", with {} more that {} left as {}", more, more == 1 ? "was" : "were",
                          more == 1 ? "it is" : "they are");
    if (dropped_ > 0) text += fmt::format("; dropped {}", count_of_users(dropped_));
    return text;
  }

  const TokenPoolOptions& options_;
  const Target& target_;
  Context& context_;
  auth::PoolClient client_;
  SteadyTime saved_at_;
  std::uint64_t dropped_ = 0;  ///< lines of users who are gone, or whom the pool lets in no more
  std::mutex mutex_;
  std::map<std::string, UserTokens> tokens_;
  std::optional<Error> first_failure_;
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> refreshed_{0};
  std::atomic<std::uint64_t> signed_in_{0};
};

}  // namespace

void freshen_tokens(const Target& target, Context& context, const TokenPoolOptions& options,
                    const std::filesystem::path& results) {
  std::vector<CreatedUser> users;
  read_created_users(results, [&](CreatedUser user) {
    users.push_back(std::move(user));
    return options.count == 0 || users.size() < options.count;
  });
  if (users.size() < options.count)
    throw Error(
        ErrorKind::kNotFound,
        fmt::format("{} holds {}, {} were asked for", results.string(), count_of_users(users.size()), options.count),
        "create more with: wsdeep users create --count");
  TokenPool pool(options, target, context);
  pool.drop(read_deleted_users(results));
  pool.run(users);
}

}  // namespace wsdeep::users
