#pragma once

#include <string>

#include "load/measure/cell.h"
#include "load/measure/kept_turn.h"
#include "load/measure/summary.h"
#include "load/measure/window.h"

namespace wsdeep::load {

/// Makes a Slice of turns and cells.
class SliceBuilder {
 public:
  /// `now` is the end of the run, on the schedule.
  SliceBuilder(std::string name, const Window& window, Micros now);

  /// A turn that was intended in the slice. `reason` is why it did not complete.
  void add_intended(const KeptTurn& turn, const std::string& reason);
  /// A turn that goes on, of which the two times are known that begin with its intended instant: the first text's, if
  /// that has come, and that its end will take longer than its age.
  void add_open(const KeptTurn& turn);
  /// Its time in flight counts, and its send where it lies in the window, whenever it was intended.
  void add_presence(const KeptTurn& turn);
  /// Of turns that were intended in the slice.
  void add(const Cell& cell) { cell_.add(cell); }
  void set_tokens(TokenCount counted_by, bool mixed, std::uint64_t received);

  const Window& window() const { return window_; }
  Slice build();

 private:
  void add_readings(const KeptTurn& turn);
  void add_open_gap(const KeptTurn& turn);
  void add_tokens(const KeptTurn& turn);
  void add_open_generation(const KeptTurn& turn);
  void build_gaps();

  double mean_in_flight() const;

  Window window_;
  Micros now_;
  Slice slice_;
  Cell cell_;
  Micros presence_ = 0;
  std::uint64_t sent_ = 0;
  std::array<std::uint64_t, 4> tokens_{};       ///< as each way of counting has them
  std::array<std::uint64_t, 4> good_tokens_{};  ///< likewise, of good turns
  std::uint64_t prompt_tokens_of_cached_ = 0;
  std::uint64_t cached_tokens_ = 0;
  bool any_text_ = false;
};

/// Counts a turn in the row in which it ended.
void count_turn(Tally& tally, const KeptTurn& turn, const std::string& reason);

}  // namespace wsdeep::load
