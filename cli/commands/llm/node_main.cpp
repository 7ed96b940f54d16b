#include <string_view>

#include "commands/llm/node_words.h"
#include "commands/llm/serve_options.h"
#include "commands/parse_and_run.h"
#include "commands/program.h"

namespace {

using namespace wsdeep::commands;

/// A first word that is no option is one of the things that a node's services have done beside serving.
int run_node(int argc, const char* const* argv, wsdeep::Context& context) {
  if (const NodeWord* word = argc > 1 ? find_node_word(argv[1]) : nullptr)
    return parse_and_run(
        {std::string("wsdeep-node ") + word->name, word->text, [&](const Command& root) { word->add(root, context); }},
        argc - 1, argv + 1, context);
  return parse_and_run({"wsdeep-node", kServeText, [&](const Command& root) { add_serve_options(root, context); }},
                       argc, argv, context);
}

}  // namespace

int main(int argc, char** argv) {
  return wsdeep::commands::run_program("wsdeep-node", argc, argv, run_node);
}
