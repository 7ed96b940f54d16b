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

}  // namespace wsdeep::commands
