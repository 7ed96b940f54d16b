#include "commands/users/bulk_options.h"

namespace wsdeep::commands {

void add_bulk_options(const Command& command, users::BulkCreateOptions& options) {
  command.add_option("--out", options.out, "results file, with the passwords (by default in the state folder)");
  command.add_option("--parallel", options.parallel, "requests at the same time").range(1, 64).shows_default();
}

}  // namespace wsdeep::commands
