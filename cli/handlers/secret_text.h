#pragma once

#include <exception>
#include <mutex>
#include <string>

#include "aws/client.h"
#include "base/clock.h"
#include "base/env.h"

namespace wsdeep::handlers {

/// Where a secret is, and what is one.
struct SecretPlace {
  std::string what;             ///< for messages: `the signing secret`
  std::string name;             ///< name or ARN in Secrets Manager; empty: it is not there
  std::string file;             ///< where it is locally; goes before `name`
  std::size_t least_bytes = 1;  ///< a shorter text is none
  std::string hint{};           ///< how one is made
};

/// A secret that its owner may replace at any time: read when it is first needed, and again when it is five minutes old
/// or has been refused. The earlier text stays while the new one cannot be read, or is none. For any thread; one reads,
/// the others wait for it.
class SecretText {
 public:
  SecretText(const Env& env, const Clock& clock, SecretPlace place);

  bool is_set() const { return !place_.name.empty() || !place_.file.empty(); }
  /// Without blanks around it; "" when none is set. `anew`: the last one was refused, so it may have been replaced;
  /// Secrets Manager is asked ten seconds after the last time at the earliest. Takes three seconds at most, one where
  /// there is an earlier text, and no longer than `context` allows. Throws Error when there is none, which includes
  /// aws::ServiceError and net::TransportError.
  std::string text(bool anew = false, const aws::CallContext& context = {});

 private:
  bool is_due(bool anew, SteadyTime now) const;
  std::string read(const aws::CallContext& context) const;
  std::string read_from_manager(const aws::CallContext& context) const;

  const Env& env_;
  const Clock& clock_;
  const SecretPlace place_;
  std::mutex mutex_;
  std::string text_;
  SteadyTime read_at_{};
  SteadyTime tried_at_{};       ///< when the last reading ended, well or not
  std::exception_ptr failure_;  ///< the last reading's, while there is no text
};

}  // namespace wsdeep::handlers
