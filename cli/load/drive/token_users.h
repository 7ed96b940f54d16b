#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "auth/saved_login.h"
#include "load/drive/background_rounds.h"
#include "load/drive/session_users.h"
#include "load/plan/worker_share.h"
#include "terminal/context.h"
#include "users/target.h"
#include "users/user_tokens.h"

namespace wsdeep::load {

/// When a token is refreshed that comes to its end.
struct TokenCare {
  std::chrono::seconds ahead{std::chrono::minutes(15)};  ///< of its end: Cognito takes some 10 refreshes a second
  std::chrono::milliseconds look_every{10'000};
};

/// The users of a file that `wsdeep users tokens` has made: session s is user s modulo their number. Of a run that many
/// workers do, each has the users of its share, or one that others have too where there are fewer users than workers.
/// Tokens that come to their end are refreshed on a thread of its own, never in a turn, and the file is kept up: a
/// refresh token may be good once only.
class TokenUsers final : public SessionUsers {
 public:
  /// Throws Error{kNotFound} when there are none, Error{kRefused} when some have expired, and as read_user_tokens does.
  TokenUsers(const users::Target& target, Context& context, std::string file, const WorkerShare& share = {},
             TokenCare care = {});

  SignedIn sign_in(std::uint64_t session) override;
  std::size_t count() const { return users_.size(); }

 private:
  struct User {
    users::UserTokens tokens;
    Micros sign_in_us = kNever;  ///< of a refresh that has not been told
    std::string fault{};         ///< why there was none
    bool over = false;           ///< the refresh token has ended
  };

  std::string freshen_command() const;
  void require_fresh() const;
  void look_after(const std::stop_token& stop);
  std::vector<std::size_t> due() const;
  bool refresh(users::BulkWorker& worker, User& user);
  void replace_older(std::vector<users::UserTokens>& all) const;
  void save() const;

  const users::Target& target_;
  Context& context_;
  const std::string file_;
  const TokenCare care_;
  mutable std::mutex mutex_;
  std::vector<User> users_;
  std::optional<BackgroundRounds> rounds_;  ///< last: it uses all of the others
};

/// One user for all sessions: who has signed in with `wsdeep login`.
class SavedUser final : public SessionUsers {
 public:
  /// Throws as users::current_login does.
  SavedUser(const users::Target& target, Context& context, std::string username,
            std::chrono::milliseconds look_every = std::chrono::seconds(10));

  SignedIn sign_in(std::uint64_t session) override;

 private:
  void look_after(const std::stop_token& stop);

  const users::Target& target_;
  Context& context_;
  const std::string username_;
  std::mutex mutex_;
  auth::SavedLogin login_;
  Micros sign_in_us_ = kNever;
  std::string fault_;
  BackgroundRounds rounds_;
};

}  // namespace wsdeep::load
