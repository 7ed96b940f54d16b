#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/stack/plan_options.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// The code of the functions alone, rather than the stack.
struct CodeFlags {
  bool code = false;
  bool watch = false;
  std::string in_production;
  std::vector<std::string> functions;

  bool is_given() const { return code || watch || !in_production.empty() || !functions.empty(); }
};

/// Adds `--code`, `--watch`, `--code-in-production` and the functions.
void add_code_options(const Command& command, CodeFlags& flags);

/// `wsdeep deploy --code`: updates the functions, and again at each change of their programs with `--watch`.
int run_deploy_code(const CodeFlags& flags, PlanFlags plan, const std::vector<std::string>& environments,
                    Context& context);

}  // namespace wsdeep::commands
