#include "commands/loadtest/self_test.h"

#include <string>

#include "base/error.h"
#include "load/self_test.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {

int run_loadtest_self_test(Context& context) {
  const Interrupts interrupts;
  load::SelfTestOptions options{.program = context.program, .env = context.env};
  options.stops = {interrupts.token(), interrupts.token()};
  options.on_step = [&](const std::string& step) { say(context.console, "self-test at " + step); };
  const load::SelfTest test = load::run_self_test(options);
  context.console.out(load::describe(test));
  return test.passed() ? 0 : exit_code(ErrorKind::kInvalidRun);
}

}  // namespace wsdeep::commands
