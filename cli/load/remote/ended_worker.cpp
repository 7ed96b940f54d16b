#include "load/remote/ended_worker.h"

#include <fmt/format.h>

namespace wsdeep::load {
namespace {

constexpr std::int64_t kFirstSignalCode = 128;  ///< of a process that a signal ended: 128 and its number

}  // namespace

WorkerStanding ended_standing(std::int64_t code, bool killed, const std::string& words) {
  const bool by_itself = code >= 0 && code < kFirstSignalCode && !killed;
  return {by_itself ? WorkerState::kOver : WorkerState::kGone,
          fmt::format("exit code {}{}{}", code, words.empty() ? "" : ", ", words)};
}

}  // namespace wsdeep::load
