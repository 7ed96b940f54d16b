#pragma once

#include <string>

#include "llm/outcome.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// What became of a turn, as the table of attempts has it.
struct Ending {
  TurnEnd how = TurnEnd::kFailed;
  std::string reason{};  ///< empty for a completed one

  bool operator==(const Ending&) const = default;
};

/// `any_text`: some of the answer had come. `given_up`: we had cancelled it.
Ending ending_of(const llm::LlmOutcome& outcome, bool any_text, bool given_up);

}  // namespace wsdeep::load
