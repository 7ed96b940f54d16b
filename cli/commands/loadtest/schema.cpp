#include <memory>
#include <string>

#include "commands/loadtest/commands.h"
#include "load/report/json.h"

namespace wsdeep::commands {

void add_loadtest_schema(const Command& loadtest, Context& context) {
  auto what = std::make_shared<std::string>("result");
  const Command command = loadtest.add_subcommand("schema", "Print the JSON Schema of what --json or --records writes");
  command.add_option("what", *what, "result (--json) or turn (a line of --records)")
      .one_of({"result", "turn"})
      .shows_default();
  command.runs([what, &context] {
    context.console.out(*what == "turn" ? load::turn_schema() : load::result_schema());
    return 0;
  });
}

}  // namespace wsdeep::commands
