#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "deploy/stack_session.h"

/// Services of Cloud Map in a stack, such as the lab's. One that holds an instance cannot be deleted, and
/// CloudFormation takes none out. The lab's server does so itself when its instance ends; one that was lost has left
/// its name behind.
namespace wsdeep::deploy {

/// The ids of those services that `changes` delete: one that is retained keeps who is registered in it.
std::vector<std::string> services_that_go(const std::vector<aws::ResourceChange>& changes);

struct TakenOut {
  bool any = false;     ///< whether somebody has lost a name
  std::string warning;  ///< empty: nothing is registered any more
};

/// Takes out of the services whatever is registered there, and waits until nothing is, half a minute at most, looking
/// every `poll`, and at least every two seconds. Throws Error{kInterrupted}.
TakenOut take_names_out(StackSession& session, const std::vector<std::string>& services,
                        std::chrono::milliseconds poll);

}  // namespace wsdeep::deploy
