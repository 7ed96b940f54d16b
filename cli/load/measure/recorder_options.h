#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "load/measure/coalescing.h"
#include "load/measure/levels.h"
#include "load/plan/schedule.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

struct RecorderOptions {
  Micros begin = 0;                 ///< of the schedule, on the run's clock
  std::vector<Stage> stages{};      ///< of the schedule; a closed loop has one
  std::optional<Micros> warm_up{};  ///< given; nothing: to be found
  Micros cool_down = 0;             ///< left out at the schedule's end
  std::vector<Level> levels{};
  std::vector<Level> abort_rules{};                   ///< what makes a turn that goes on count among the recent ones
  Micros coalescing_window = kUsualCoalescingWindow;  ///< that the handlers have
  /// Gets each record as it comes, before its pieces are folded: for `--records`. May be empty.
  std::function<void(const TurnRecord&)> on_record{};
};

}  // namespace wsdeep::load
