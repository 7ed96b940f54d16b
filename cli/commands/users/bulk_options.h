#pragma once

#include "commands/command.h"
#include "users/create_many.h"

namespace wsdeep::commands {

void add_bulk_options(const Command& command, users::BulkCreateOptions& options);

}  // namespace wsdeep::commands
