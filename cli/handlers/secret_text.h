#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "aws/secrets_manager.h"
#include "base/clock.h"
#include "base/env.h"

namespace wsdeep::handlers {

/// The text of a Secrets Manager secret: asked for when first needed, kept for five minutes. Thread-safe.
class SecretText {
 public:
  /// `name`: name or ARN; empty: there is no secret, and its text is empty.
  SecretText(const Env& env, const Clock& clock, std::string name);

  /// `anew`: the last one was not accepted, so it may have been replaced; asks again, ten seconds after the last time
  /// at the earliest. Throws aws::ServiceError, net::TransportError.
  std::string text(bool anew = false);

 private:
  const Clock& clock_;
  const std::string name_;
  std::mutex mutex_;
  net::HttpClient http_;
  std::optional<aws::StaticCredentials> credentials_;
  std::optional<aws::SecretsManager> secrets_;
  std::optional<std::string> text_;
  SteadyTime asked_at_;
};

}  // namespace wsdeep::handlers
