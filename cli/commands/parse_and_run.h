#pragma once

#include <functional>
#include <string>

#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// A program's name, what its help says first, and what adds its options or commands.
struct ProgramText {
  std::string name;
  std::string text;
  std::function<void(const Command&)> add;
};

/// Does what the command line says; the exit code. One that does not parse is told on stderr, a call for help or the
/// version on stdout. Throws what the command throws.
int parse_and_run(const ProgramText& program, int argc, const char* const* argv, Context& context);

}  // namespace wsdeep::commands
