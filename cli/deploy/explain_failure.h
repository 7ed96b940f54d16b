#pragma once

#include <string>

#include "deploy/follow.h"

namespace wsdeep::deploy {

struct NamedTemplate {
  std::string text;  ///< empty: not known
  std::string name;
};

/// Prints why an operation failed, root cause first, to stderr. Asks for the templates of nested stacks that it needs.
void explain_failure(StackSession& session, const FollowResult& result, const NamedTemplate& of_stack = {});

}  // namespace wsdeep::deploy
