#include "commands/lab/lab_serve_options.h"
#include "commands/parse_and_run.h"
#include "commands/program.h"

namespace {

using namespace wsdeep::commands;

int run_lab(int argc, const char* const* argv, wsdeep::Context& context) {
  return parse_and_run(
      {"wsdeep-lab", kLabServeText, [&](const Command& root) { add_lab_serve_options(root, context); }}, argc, argv,
      context);
}

}  // namespace

int main(int argc, char** argv) {
  return wsdeep::commands::run_program("wsdeep-lab", argc, argv, run_lab);
}
