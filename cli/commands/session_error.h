#pragma once

#include <string>

#include "base/error.h"
#include "session/link.h"

namespace wsdeep::commands {

/// What a session that could not be opened, or could not go on, means for the user of a command.
inline Error session_error(const std::string& operation, const session::Loss& loss) {
  const bool refused = loss.status == 401 || loss.status == 403;
  const std::string hint = !loss.hint.empty() ? loss.hint : refused ? "sign in with: wsdeep login USER" : "";
  return {refused ? ErrorKind::kRefused : ErrorKind::kFailure, operation + ": " + loss.cause, hint};
}

/// As above for a command that may name its session: 400 is what the service, or a backend, says of a wrong one.
inline Error chat_error(const std::string& operation, session::Loss loss) {
  if (loss.status == 400 && loss.hint.empty())
    loss.hint = "name a session with --chat that is yours and known there, of letters, digits, - and _";
  return session_error(operation, loss);
}

}  // namespace wsdeep::commands
