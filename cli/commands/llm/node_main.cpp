#include "commands/llm/serve_options.h"
#include "commands/parse_and_run.h"
#include "commands/program.h"

namespace {

int run_node(int argc, const char* const* argv, wsdeep::Context& context) {
  using namespace wsdeep::commands;
  return parse_and_run({"wsdeep-node", kServeText, [&](const Command& root) { add_serve_options(root, context); }},
                       argc, argv, context);
}

}  // namespace

int main(int argc, char** argv) {
  return wsdeep::commands::run_program("wsdeep-node", argc, argv, run_node);
}
