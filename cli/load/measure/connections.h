#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/histogram.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// The reason of a connection that a storm took.
inline constexpr const char* kStorm = "storm";

/// The questions that were under way when a storm came.
struct StormTurns {
  std::uint64_t under_way = 0;
  std::uint64_t answered = 0;  ///< in the end: on the connection that came after
  std::uint64_t lost = 0;      ///< told as failed; the others had not ended when the run did
};

/// All sessions lose their connection at this instant of the run's clock, and come back as clients do.
struct StormMark {
  Micros at = 0;
  StormTurns turns{};
};

struct Storm {
  Micros at = 0;  ///< since the first session was to be opened
  StormTurns turns{};
  std::uint64_t lost = 0;                         ///< connections that were open
  std::uint64_t back = 0;                         ///< of those, open again before the end
  std::uint64_t resumed = 0;                      ///< of those, in the chat that they had
  std::optional<Micros> all_back{};               ///< since the storm; nothing: not all came back
  Histogram back_after{};                         ///< since the storm, of each that came
  std::uint64_t attempts = 0;                     ///< to open one again
  std::uint64_t most_in_a_second = 0;             ///< of these attempts
  std::map<std::string, std::uint64_t> failed{};  ///< of these attempts, by reason
};

/// Connections that ended without our doing, all of one kind.
struct OwnEnd {
  int close_code = 0;
  std::string why;  ///< `close 1001`
  std::uint64_t connections = 0;
  Micros first = 0;  ///< when, since the first was to be opened
  Micros last = 0;
  Histogram lifetimes;  ///< how long they had been open
};

/// What became of the sessions of a run that opens and holds them.
struct ConnectionFigures {
  std::uint64_t sessions = 0;                     ///< that were to be opened
  std::uint64_t opened = 0;                       ///< of those, at the first attempt
  std::map<std::string, std::uint64_t> failed{};  ///< of those, by reason
  std::uint64_t opened_again = 0;
  std::uint64_t peak_open = 0;
  std::optional<Micros> full_after{};  ///< since the first was to be opened; nothing: they never were open all at once
  std::uint64_t most_opened_in_a_second = 0;
  Histogram lifetimes;             ///< of all that have closed
  std::vector<OwnEnd> own_ends{};  ///< most first
  std::vector<Storm> storms{};
};

/// Counts them. `records` in any order; `end` is the run's.
ConnectionFigures connection_figures(std::vector<ConnectionRecord> records, const std::vector<StormMark>& storms);

}  // namespace wsdeep::load
