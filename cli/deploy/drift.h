#pragma once

#include <vector>

#include "deploy/stack_session.h"

namespace wsdeep::deploy {

/// What people changed behind CloudFormation's back, in the stack and in those nested in it, by path. Waits for the
/// detections; what they could not look at is told on stderr.
std::vector<aws::ResourceDrift> find_drift(StackSession& session);

}  // namespace wsdeep::deploy
