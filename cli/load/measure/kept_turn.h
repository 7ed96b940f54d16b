#pragma once

#include <cstdint>
#include <limits>

#include "load/measure/distribution.h"
#include "load/measure/metric.h"
#include "load/measure/summary.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// A count or a time of one turn that nobody told.
inline constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();

/// What is kept of a turn until the run's summary: its instants and counts, without its pieces and words. Instants are
/// on the schedule (from its begin), kNever as in the record; times and counts that do not fit are the largest that do.
struct KeptTurn {
  Micros intended = 0;
  Micros send = kNever;
  Micros ack = kNever;
  Micros first = kNever;
  Micros answer = kNever;
  Micros last = kNever;
  Micros end = kNever;  ///< kNever of unfinished ones alone: when nobody says it, the last that is known of the turn
  std::uint64_t conversation = 0;
  std::uint32_t turn = 0;
  std::uint32_t longest_gap_us = kUnknown;
  std::uint32_t stall_after_us = kUnknown;  ///< a longer gap is a stall of this turn
  std::uint32_t output_tokens = 0;          ///< as `counted_by` counts
  std::uint32_t first_tokens = 0;           ///< those of the first piece, in the same count
  std::uint32_t piece_tokens = kUnknown;    ///< as the pieces count, where all of them do
  std::uint32_t prompt_tokens = kUnknown;
  std::uint32_t cached_tokens = kUnknown;
  std::uint32_t queue_us = kUnknown;
  std::uint32_t prefill_us = kUnknown;
  std::uint32_t cancel_free_us = kUnknown;
  std::uint16_t stage = 0;
  std::uint16_t node = 0;    ///< its number in the recorder's table
  std::uint16_t reason = 0;  ///< likewise
  TurnEnd how = TurnEnd::kUnfinished;
  TokenCount counted_by = TokenCount::kNone;
  Plane plane = Plane::kLlm;
  ItlLetter letter = ItlLetter::kNothing;
  bool slow = false;  ///< completed, and beyond a level; or under way still, and beyond one already

  bool has_text() const { return first != kNever; }
  bool good() const { return how == TurnEnd::kCompleted && !slow; }
  bool unfinished() const { return how == TurnEnd::kUnfinished; }
  /// Of a turn that was sent: until when it was in flight, at most until `now`.
  Micros over_at(Micros now) const { return end == kNever ? now : end; }
  /// The longest gap so far: of an unfinished turn perhaps the one that is open.
  Micros longest_gap(Micros now) const;
  bool stalled(Micros now) const;
};
static_assert(sizeof(KeptTurn) <= 120, "a million turns have to fit into 120 MB");

/// Everything of a record but what its pieces and the recorder's tables say.
KeptTurn kept_of(const TurnRecord& record, Micros begin);

/// What a turn says of a metric that each turn has once.
struct Reading {
  enum Kind {
    kNone,     ///< it could not have any
    kMissing,  ///< it could have had, and had not
    kBound,    ///< at least `us` when the run ended, or when the user gave up
    kValue,
  };
  Kind kind = kNone;
  Micros us = 0;

  bool operator==(const Reading&) const = default;
};
/// `now` is the end of the run, on the schedule; a metric that is not each turn's own has no reading.
Reading read_metric(const KeptTurn& turn, Metric metric, Micros now);

void add_reading(Distribution& distribution, const Reading& reading);

}  // namespace wsdeep::load
