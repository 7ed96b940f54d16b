#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "deploy/progress.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

struct FollowOptions {
  std::string stack_id;
  std::string stack_name;
  /// The last event before the operation began; empty: of an operation that somebody else began.
  std::string after_event;
  std::chrono::milliseconds poll{2000};
  /// Called once, when an update has succeeded and CloudFormation begins to take away what it needs no more; what it
  /// returns is shown, unless it is empty.
  std::function<std::string()> at_cleanup{};
};

struct FollowResult {
  std::string status;                   ///< the stack's, at the end
  std::vector<aws::StackEvent> events;  ///< their logical ids are paths, `Network/Vpc` inside a nested stack
  std::chrono::nanoseconds duration{0};
};

/// `after_event` and `poll` do not matter: the last operation on the stack and on those nested in it, as far as it is.
Progress last_operation(StackSession& session, const FollowOptions& options);

/// Shows an operation until it ends: a screen that is redrawn on a terminal, elsewhere (and on a dumb one) one line for
/// each event, on stderr, and in long silence what is waited for. Rides out throttling and broken connections for a
/// while. Throws Error{kInterrupted} when interrupted; the operation goes on.
FollowResult follow(StackSession& session, const FollowOptions& options);

}  // namespace wsdeep::deploy
