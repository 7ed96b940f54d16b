#include "base/error.h"

namespace wsdeep {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kFailure:
      return 1;
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kRefused:
      return 3;
    case ErrorKind::kNotFound:
      return 4;
    case ErrorKind::kNothingToDo:
      return 5;
    case ErrorKind::kThresholdMissed:
      return 6;
    case ErrorKind::kInvalidRun:
      return 7;
    case ErrorKind::kInterrupted:
      return 130;
  }
  return 1;
}

}  // namespace wsdeep
