#include "load/drive/token_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "auth/file_lock.h"
#include "base/clock.h"
#include "base/error.h"
#include "users/bulk_run.h"
#include "users/sign_in.h"

namespace wsdeep::load {
namespace {

Micros micros_since(SteadyTime begin, const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin).count();
}

Error expired_token(const std::string& username, const std::string& fault) {
  return {ErrorKind::kRefused,
          fault.empty() ? fmt::format("the token of '{}' has expired", username)
                        : fmt::format("the token of '{}' has expired and cannot be refreshed: {}", username, fault)};
}

std::vector<users::UserTokens> read_tokens(const std::string& file, const Files& files) {
  return users::read_user_tokens(file, files, "pass another --tokens");
}

std::vector<users::UserTokens> tokens_of_share(std::vector<users::UserTokens> all, const WorkerShare& share) {
  if (all.empty()) return all;
  const std::uint64_t own = share.of(all.size());
  if (own == 0) return {std::move(all[static_cast<std::size_t>(share.worker) % all.size()])};
  std::vector<users::UserTokens> tokens;
  for (std::uint64_t user = 0; user < own; ++user) tokens.push_back(std::move(all[share.in_whole(user)]));
  return tokens;
}

}  // namespace

// ---- a file of tokens ----------------------------------------------------------------------------------------------

TokenUsers::TokenUsers(const users::Target& target, Context& context, std::string file, const WorkerShare& share,
                       TokenCare care)
    : target_(target), context_(context), file_(std::move(file)), care_(care) {
  for (users::UserTokens& tokens : tokens_of_share(read_tokens(file_, context_.files), share))
    users_.push_back({std::move(tokens)});
  require_fresh();
  rounds_.emplace(care_.look_every, [this](const std::stop_token& stop) { look_after(stop); });
}

std::string TokenUsers::freshen_command() const {
  // The flags of the same system are put into a hint where it is told.
  return fmt::format("wsdeep users tokens --out {}", file_);
}

void TokenUsers::require_fresh() const {
  if (users_.empty())
    throw Error(ErrorKind::kNotFound, fmt::format("no tokens in {}", file_),
                fmt::format("get some with: {}", freshen_command()));
  const std::int64_t now = epoch_seconds(context_.clock.now());
  const auto expired =
      std::count_if(users_.begin(), users_.end(), [now](const User& user) { return user.tokens.expires_at <= now; });
  if (expired > 0)
    throw Error(ErrorKind::kRefused, fmt::format("{} of {} tokens in {} have expired", expired, users_.size(), file_),
                fmt::format("freshen them with: {}", freshen_command()));
}

SessionUsers::SignedIn TokenUsers::sign_in(std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  User& user = users_[session % users_.size()];
  if (user.tokens.expires_at <= epoch_seconds(context_.clock.now()))
    throw expired_token(user.tokens.username, user.fault);
  return {user.tokens.id_token, std::exchange(user.sign_in_us, kNever)};
}

/// Those that come to their end, the first ones first.
std::vector<std::size_t> TokenUsers::due() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t limit = epoch_seconds(context_.clock.now()) + care_.ahead.count();
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < users_.size(); ++i)
    if (!users_[i].over && users_[i].tokens.expires_at <= limit) due.push_back(i);
  std::sort(due.begin(), due.end(),
            [this](std::size_t a, std::size_t b) { return users_[a].tokens.expires_at < users_[b].tokens.expires_at; });
  return due;
}

void TokenUsers::look_after(const std::stop_token& stop) {
  const std::vector<std::size_t> indices = due();
  if (indices.empty()) return;
  users::PoolLimits limits(context_.clock);
  users::BulkWorker worker(target_, context_, limits, stop, stop);
  bool refreshed = false;
  for (const std::size_t index : indices) {
    if (stop.stop_requested()) break;
    refreshed = refresh(worker, users_[index]) || refreshed;
  }
  if (refreshed) save();
}

/// Only this thread changes tokens; it reads them without the lock.
bool TokenUsers::refresh(users::BulkWorker& worker, User& user) {
  const SteadyTime begin = context_.clock.steady_now();
  std::optional<users::UserTokens> fresh;
  std::string fault;
  bool over = false;
  try {
    fresh = users::refresh_user_tokens(worker, users::pool_client(target_, context_), user.tokens, context_.clock);
    over = !fresh;
    if (over) fault = "its refresh token has ended";
  } catch (const Error& error) {
    fault = error.what();
  }
  const std::lock_guard lock(mutex_);
  user.over = over;
  user.fault = std::move(fault);
  if (!fresh) return false;
  user.tokens = *std::move(fresh);
  user.sign_in_us = micros_since(begin, context_.clock);
  return true;
}

/// Those of the same user; a user who was taken out of the file meanwhile stays out.
void TokenUsers::replace_older(std::vector<users::UserTokens>& all) const {
  std::unordered_map<std::string_view, const users::UserTokens*> own;
  for (const User& user : users_) {
    const users::UserTokens*& latest = own[user.tokens.username];
    if (latest == nullptr || latest->expires_at < user.tokens.expires_at) latest = &user.tokens;
  }
  for (users::UserTokens& tokens : all)
    if (const auto fresh = own.find(tokens.username); fresh != own.end())
      if (tokens.expires_at < fresh->second->expires_at) tokens = *fresh->second;
}

/// Other workers keep their users in the same file.
void TokenUsers::save() const {
  try {
    const auth::FileLock lock(file_ + ".lock");
    std::vector<users::UserTokens> all = read_tokens(file_, context_.files);
    replace_older(all);
    users::write_user_tokens(file_, all, context_.files);
  } catch (const Error& error) {
    context_.console.err(fmt::format("wsdeep: the tokens that were refreshed are not kept: {}\n", error.what()));
  }
}

// ---- the saved sign-in ---------------------------------------------------------------------------------------------

SavedUser::SavedUser(const users::Target& target, Context& context, std::string username,
                     std::chrono::milliseconds look_every)
    : target_(target),
      context_(context),
      username_(std::move(username)),
      login_(users::current_login(target, context, username_)),
      rounds_(look_every, [this](const std::stop_token& stop) { look_after(stop); }) {}

SessionUsers::SignedIn SavedUser::sign_in(std::uint64_t) {
  const std::lock_guard lock(mutex_);
  if (login_.expires_at <= epoch_seconds(context_.clock.now())) throw expired_token(login_.username, fault_);
  return {login_.id_token, std::exchange(sign_in_us_, kNever)};
}

/// It is refreshed when less than two minutes are left.
void SavedUser::look_after(const std::stop_token& stop) {
  const SteadyTime begin = context_.clock.steady_now();
  std::string fault;
  std::optional<auth::SavedLogin> login;
  try {
    login = users::current_login(target_, context_, username_, stop);
  } catch (const Error& error) {
    fault = error.what();
  }
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
  if (!login || login->id_token == login_.id_token) return;
  login_ = *std::move(login);
  sign_in_us_ = micros_since(begin, context_.clock);
}

}  // namespace wsdeep::load
