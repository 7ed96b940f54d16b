#include "commands/commands.h"
#include "commands/loadtest/commands.h"

namespace wsdeep::commands {

void add_loadtest(const Command& app, Context& context) {
  const Command loadtest = app.add_subcommand("loadtest", "Measure how many people can chat within the service levels");
  loadtest.require_subcommand();
  add_loadtest_chat(loadtest, context);
  add_loadtest_llm(loadtest, context);
  add_loadtest_report(loadtest, context);
  add_loadtest_schema(loadtest, context);
  add_loadtest_connect(loadtest, context);
  add_loadtest_both(loadtest, context);
  add_loadtest_compare(loadtest, context);
}

}  // namespace wsdeep::commands
