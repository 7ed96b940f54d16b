#include <memory>
#include <string>
#include <string_view>

#include "commands/loadtest/commands.h"
#include "load/report/document.h"
#include "load/report/json.h"

namespace wsdeep::commands {
namespace {

std::string_view load_schema_named(std::string_view what) {
  if (what == "turn") return load::turn_schema();
  if (what == "limit") return load::limit_schema();
  return what == "series" ? load::series_schema() : load::result_schema();
}

}  // namespace

void add_loadtest_schema(const Command& loadtest, Context& context) {
  auto what = std::make_shared<std::string>("result");
  const Command command = loadtest.add_subcommand("schema", "Print the JSON Schema of what --json or --records writes");
  command
      .add_option("what", *what,
                  "result (--json), series (of several runs), limit (of a search or a sweep) or turn (of --records)")
      .one_of({"result", "series", "limit", "turn"})
      .shows_default();
  command.runs([what, &context] {
    context.console.out(load_schema_named(*what));
    return 0;
  });
}

}  // namespace wsdeep::commands
