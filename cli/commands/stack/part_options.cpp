#include "commands/stack/part_options.h"

namespace wsdeep::commands {

void add_part_options(const Command& command, PartOptions& options) {
  const Option service =
      command.add_flag("--service", options.service, "only the stack of the service: all but the nodes")
          .group("Which stack");
  command.add_flag("--fleet", options.fleet, "only the stack of the nodes").excludes(service).group("Which stack");
}

void add_fleet_option(const Command& command, PartOptions& options, const std::string& help) {
  command.add_flag("--fleet", options.fleet, help).group("Which stack");
}

}  // namespace wsdeep::commands
