#pragma once

#include <cstdint>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// A count of which only this is known.
struct CountRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  void add(const CountRange& other) {
    least += other.least;
    most += other.most;
  }
  bool operator==(const CountRange&) const = default;
};

/// What chat turns had of the front door, as far as their client sees it: what its services are billed by. Sums, so
/// that those of two parts of a run add up to those of both. Of times and sizes that a client cannot see there are
/// bounds.
struct DoorUse {
  std::uint64_t messages_sent = 0;      ///< frames of ours: each calls a function
  std::uint64_t messages_received = 0;  ///< frames to us: each is a post to @connections
  std::uint64_t questions = 0;          ///< that were sent
  std::uint64_t accepted = 0;           ///< of those, acknowledged: each is a generation
  std::uint64_t answered = 0;           ///< of those, with text: an answer is kept
  std::uint64_t route_us = 0;           ///< send → acknowledgement, of the accepted
  CountRange
      generate_us{};  ///< least: the node's queue and from the first text to the last; most: acknowledgement → end
  CountRange stored_kb{};  ///< begun by the items of questions and answers
  CountRange read_4kb{};   ///< begun by the history that a generation reads

  void add(const TurnRecord& record);
  void add(const DoorUse& other);
  bool operator==(const DoorUse&) const = default;
};

/// What the attributes of a stored message take beside its text, at most.
inline constexpr std::uint64_t kItemBytes = 400;

}  // namespace wsdeep::load
