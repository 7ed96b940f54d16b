#pragma once

#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

constexpr const char* kNodeJournalText = "Send the journal that stdin brings to CloudWatch Logs";

/// What wsdeep-journal.service of templates/node/ runs behind journalctl.
void add_node_journal(const Command& command, Context& context);

}  // namespace wsdeep::commands
