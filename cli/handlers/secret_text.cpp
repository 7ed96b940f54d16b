#include "handlers/secret_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/secrets_manager.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "handlers/config.h"
#include "net/http_client.h"

namespace wsdeep::handlers {
namespace {

constexpr std::chrono::minutes kSecretAge{5};
/// Whoever makes us doubt a secret, by a wrong signature say, does not make us ask for it each time.
constexpr std::chrono::seconds kLeastSecretAge{10};
constexpr std::chrono::milliseconds kFirstReading{3000};
constexpr std::chrono::milliseconds kLaterReading{1000};
constexpr std::size_t kMaxSecretBytes = 64 * 1024;  // what Secrets Manager holds at most

}  // namespace

SecretText::SecretText(const Env& env, const Clock& clock, SecretPlace place)
    : env_(env), clock_(clock), place_(std::move(place)) {}

bool SecretText::is_due(bool anew, SteadyTime now) const {
  if (text_.empty()) return true;
  if (place_.file.empty() && now - tried_at_ < kLeastSecretAge) return false;
  return anew || now - read_at_ >= kSecretAge;
}

std::string SecretText::text(bool anew, const aws::CallContext& context) {
  if (!is_set()) return {};
  const SteadyTime came = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  if (!is_due(anew, clock_.steady_now())) return text_;
  // Who has waited for a reading that failed does not wait for another.
  if (failure_ && came < tried_at_) std::rethrow_exception(failure_);
  try {
    text_ = read(context);
    read_at_ = clock_.steady_now();
    failure_ = nullptr;
  } catch (const Error& error) {
    tried_at_ = clock_.steady_now();
    if (text_.empty()) {
      failure_ = std::current_exception();
      throw;
    }
    log_warn("a secret cannot be read again, the earlier one stays",
             {{"secret", place_.what}, {"error", error.what()}});
  }
  tried_at_ = clock_.steady_now();
  return text_;
}

std::string SecretText::read(const aws::CallContext& context) const {
  std::string whole;
  if (place_.file.empty()) {
    whole = read_from_manager(context);
  } else if (auto text = DiskFiles().read(place_.file, kMaxSecretBytes)) {
    whole = std::move(*text);
  } else {
    throw Error(ErrorKind::kNotFound, fmt::format("there is no file {} with {}", place_.file, place_.what));
  }
  // An editor's line break at its end is none of it.
  const std::string_view secret = trim(whole);
  if (secret.size() < place_.least_bytes)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has {} bytes, and needs {} at least", place_.what, secret.size(), place_.least_bytes),
                place_.hint);
  return std::string(secret);
}

std::string SecretText::read_from_manager(const aws::CallContext& context) const {
  const bool is_first = text_.empty();
  const auto limit = is_first ? kFirstReading : kLaterReading;
  aws::ClientOptions options = client_options(env_, "SECRETS_MANAGER", "secretsmanager");
  if (!is_first) options.retry.max_attempts = 1;
  aws::CallContext bounded = context;
  const SteadyTime end = clock_.steady_now() + limit;
  bounded.deadline = context.deadline ? std::min(*context.deadline, end) : end;
  net::HttpClient http;
  aws::StaticCredentials keys(credentials(env_));
  return aws::SecretsManager(http, std::move(options), keys, clock_).value(place_.name, bounded);
}

}  // namespace wsdeep::handlers
