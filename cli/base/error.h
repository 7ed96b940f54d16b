#pragma once

#include <stdexcept>
#include <string>

namespace wsdeep {

/// What the caller should do about a failure; each maps to one exit code of the command line.
enum class ErrorKind {
  kFailure,          ///< it was tried and did not work: exit 1
  kUsage,            ///< the request itself is wrong: exit 2
  kRefused,          ///< not signed in, or signed in and refused: exit 3
  kNotFound,         ///< the thing named does not exist: exit 4
  kNothingToDo,      ///< nothing to change, where that was asked to count: exit 5
  kThresholdMissed,  ///< a measured value missed its threshold: exit 6
  kInvalidRun,       ///< a measurement cannot be trusted: exit 7
  kInterrupted,      ///< SIGINT or SIGTERM: exit 130
};

int exit_code(ErrorKind kind);

/// The one failure type of the tree: thrown where the cause is known, printed once, in `main`.
/// `message` is lower-case and says operation, cause; `hint` says what to do next, or is empty.
/// Neither may hold a token, a password or message text.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

}  // namespace wsdeep
