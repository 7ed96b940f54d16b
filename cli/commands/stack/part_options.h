#pragma once

#include "commands/command.h"
#include "stack/settings/part.h"

namespace wsdeep::commands {

/// Which of the two stacks of a deployment a command is about, where it is not about both.
struct PartOptions {
  bool service = false;
  bool fleet = false;

  bool one() const { return service || fleet; }
  stack::Part part() const { return fleet ? stack::Part::kFleet : stack::Part::kService; }
};

/// Adds `--service` and `--fleet`.
void add_part_options(const Command& command, PartOptions& options);
/// Adds `--fleet` alone, with that help.
void add_fleet_option(const Command& command, PartOptions& options, const std::string& help);

}  // namespace wsdeep::commands
