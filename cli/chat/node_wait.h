#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"

/// What somebody hears who has asked a fleet without nodes. Private to this folder.
namespace wsdeep::chat {

/// What is left of the time that a node usually takes, and a minute when that has passed.
std::chrono::milliseconds time_left(std::chrono::milliseconds node_start, SteadyTime::duration waited);

/// `patience`: how long the question can still wait.
std::string waiting_text(std::chrono::milliseconds node_start, SteadyTime::duration waited,
                         SteadyTime::duration patience);

/// When it has waited for as long as it can; `left`: time_left then.
std::string gave_up_text(std::chrono::milliseconds left);

}  // namespace wsdeep::chat
