#pragma once

#include <cstdint>

namespace wsdeep::load {

/// What became of the sessions that chat turns were sent on.
struct SessionFigures {
  std::uint64_t opened = 0;            ///< connections, all of them
  std::uint64_t failed = 0;            ///< could not be opened
  std::uint64_t opened_for_turns = 0;  ///< tried while no session was idle: the turn waited for its connection
  std::uint64_t lost = 0;              ///< that were open, before the end

  bool operator==(const SessionFigures&) const = default;
};

}  // namespace wsdeep::load
