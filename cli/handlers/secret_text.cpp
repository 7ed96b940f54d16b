#include "handlers/secret_text.h"

#include "base/text.h"
#include "handlers/config.h"

namespace wsdeep::handlers {

SecretText::SecretText(const Env& env, const Clock& clock, std::string name) : clock_(clock), name_(std::move(name)) {
  if (name_.empty()) return;
  credentials_.emplace(handlers::credentials(env));
  secrets_.emplace(http_, client_options(env, "SECRETS_MANAGER", "secretsmanager"), *credentials_, clock_);
}

std::string SecretText::text(bool anew) {
  if (name_.empty()) return "";
  constexpr std::chrono::seconds kMaxAge = std::chrono::minutes(5), kLeastAge{10};
  const std::lock_guard lock(mutex_);
  if (!text_ || clock_.steady_now() - asked_at_ >= (anew ? kLeastAge : kMaxAge)) {
    // An editor's line break at its end is none of it.
    text_ = std::string(trim(secrets_->value(name_)));
    asked_at_ = clock_.steady_now();
  }
  return *text_;
}

}  // namespace wsdeep::handlers
