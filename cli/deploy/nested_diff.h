#pragma once

#include <string>

#include "deploy/change_set.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

/// Looks into the nested stacks: what runs in each against what its TemplateURL in `template_text` names by now, which
/// may differ though the address does not. Prints what differs in them, and in those within them, to stdout, and what
/// cannot be known to stderr; true when something differs.
bool show_nested_diff(StackSession& session, const std::string& template_text, const ChangeStyle& style);

}  // namespace wsdeep::deploy
