#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "deploy/stack_session.h"

/// Services of Cloud Map in a stack, such as the lab's. One that holds an instance cannot be deleted, and
/// CloudFormation takes none out. The lab's server does so itself when its instance ends; one that was lost has left
/// its name behind.
namespace wsdeep::deploy {

/// The ids of those services that `changes` take away from the stack.
std::vector<std::string> services_that_go(const std::vector<aws::ResourceChange>& changes);

/// Takes out of the services whatever is registered there, and waits until nothing is, half a minute at most. Returns a
/// warning when that could not be done, else nothing. Throws Error{kInterrupted}.
std::string take_names_out(StackSession& session, const std::vector<std::string>& services,
                           std::chrono::milliseconds poll);

}  // namespace wsdeep::deploy
