#pragma once

#include "deploy/stack_session.h"
#include "preflight/facts.h"

namespace wsdeep::preflight {

struct GatherOptions {
  bool registries = true;  ///< also those that are not AWS's
  bool fleet = true;       ///< also what only the nodes depend on
};

/// Whose environment it is, and how AWS is asked.
struct Asking {
  const deploy::StackTarget& target;  ///< with settings
  Context& context;
  deploy::StackAccess& access;
  std::stop_token stop;

  static Asking of(deploy::StackSession& session);
};

/// Asks all that the settings depend on, at once and within five seconds: what has not answered by then is told as a
/// trouble of its own. Throws Error{kRefused} without credentials that AWS knows, and Error{kInterrupted}.
Facts gather(const Asking& asking, const GatherOptions& options);

}  // namespace wsdeep::preflight
