#include "handlers/secret_text.h"

#include <algorithm>

#include "aws/secrets_manager.h"
#include "base/error.h"
#include "base/log.h"
#include "handlers/config.h"
#include "net/http_client.h"

namespace wsdeep::handlers {
namespace {

constexpr std::chrono::milliseconds kFirstReading{3000};
constexpr std::chrono::milliseconds kLaterReading{1000};

auth::SecretReading read_from_manager(const Env& env, const Clock& clock, const std::string& name, bool is_first,
                                      const aws::CallContext& context) {
  aws::ClientOptions options = client_options(env, "SECRETS_MANAGER", "secretsmanager");
  if (!is_first) options.retry.max_attempts = 1;
  aws::CallContext bounded = context;
  const SteadyTime end = clock.steady_now() + (is_first ? kFirstReading : kLaterReading);
  bounded.deadline = context.deadline ? std::min(*context.deadline, end) : end;
  net::HttpClient http;
  aws::StaticCredentials keys(credentials(env));
  aws::SecretsManager manager(http, std::move(options), keys, clock);
  const aws::SecretValue now = manager.value(name, bounded);
  // One that is older than the one before is good for is not asked for it.
  if (!now.made || clock.now() - *now.made >= auth::LiveSecret::kPreviousLife) return {now.text, now.made};
  try {
    return {now.text, now.made, manager.value(name, bounded, "AWSPREVIOUS").text};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNotFound) return {now.text, now.made};
    log_warn("the version of a secret before this one cannot be read", {{"error", error.what()}});
  }
  return {now.text};
}

auth::LiveSecretPlace live_place(const Env& env, const Clock& clock, SecretPlace place) {
  auth::LiveSecretPlace live{std::move(place.what), std::move(place.file), place.least_bytes, std::move(place.hint)};
  if (!place.name.empty())
    live.read = [&env, &clock, name = std::move(place.name)](bool is_first, const aws::CallContext& context) {
      return read_from_manager(env, clock, name, is_first, context);
    };
  return live;
}

}  // namespace

SecretText::SecretText(const Env& env, const Clock& clock, SecretPlace place)
    : LiveSecret(clock, live_place(env, clock, std::move(place))) {}

}  // namespace wsdeep::handlers
