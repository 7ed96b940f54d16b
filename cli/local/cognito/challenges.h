#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "auth/srp.h"
#include "local/store/expiring_table.h"

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

/// Open challenges by their session: each is good for three minutes and for one right answer.
using ChallengeTable = ExpiringTable<SignInChallenge>;
inline constexpr ChallengeTable::Bounds kChallengeBounds{std::chrono::minutes(3), 20'000, 96};

}  // namespace wsdeep::local
