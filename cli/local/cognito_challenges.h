#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/srp.h"
#include "base/clock.h"

namespace wsdeep::local {

/// An SRP sign-in that waits for the client's proof.
struct SrpAttempt {
  auth::srp::Server server;
  auth::srp::Challenge challenge;
  bool user_exists;  ///< false: the proof is checked all the same, and refused
};

/// A sign-in that was asked for more.
struct SignInChallenge {
  std::string name;  ///< NEW_PASSWORD_REQUIRED, PASSWORD_VERIFIER, SOFTWARE_TOKEN_MFA, …
  std::string username;
  std::string client_id;
  std::string password_salt;              ///< of the password that was proven: another one makes the challenge void
  std::shared_ptr<const SrpAttempt> srp;  ///< PASSWORD_VERIFIER
  std::string code;                       ///< SMS_MFA: what was sent
  std::string totp_secret;                ///< MFA_SETUP: what was given out, in base32
  bool set_up = false;                    ///< MFA_SETUP: the secret was proven
  int wrong_codes = 0;
};

/// Open challenges by their session, in memory: each is good for three minutes and for one right answer.
class ChallengeTable {
 public:
  explicit ChallengeTable(const Clock& clock) : clock_(clock) {}

  /// Returns the session. The oldest challenges go when there are too many.
  std::string add(SignInChallenge challenge);
  /// Nothing when the session is unknown, answered or expired.
  std::optional<SignInChallenge> find(const std::string& session);
  /// Writes a changed one back, when it is still there.
  void update(const std::string& session, SignInChallenge challenge);
  void remove(const std::string& session) { open_.erase(session); }

 private:
  void remove_oldest();

  const Clock& clock_;
  std::map<std::string, SignInChallenge, std::less<>> open_;
  std::deque<std::pair<SteadyTime, std::string>> by_age_;
};

}  // namespace wsdeep::local
