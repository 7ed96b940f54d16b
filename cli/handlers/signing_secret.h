#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/env.h"

namespace wsdeep::handlers {

/// The secret that requests between a backend and us are signed with: BACKEND_SECRET names it in Secrets Manager, or
/// BACKEND_SECRET_FILE a file (locally). It is read when it is first needed, and again when it is ten minutes old, so
/// that a new one is taken up. For any thread.
class SigningSecret {
 public:
  SigningSecret(const Env& env, const Clock& clock);

  bool is_set() const { return !name_.empty() || !file_.empty(); }
  /// "" when none is set. Throws Error when it cannot be read, or is too short to be a secret; an earlier one is kept
  /// while only the reading fails.
  std::string value();

 private:
  std::string read() const;

  const Env& env_;
  const Clock& clock_;
  std::string name_;
  std::string file_;
  std::mutex mutex_;
  std::string value_;
  SteadyTime read_at_{};
};

}  // namespace wsdeep::handlers
