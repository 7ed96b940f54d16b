#include "commands/commands.h"
#include "commands/llm/commands.h"

namespace wsdeep::commands {

void add_llm(const Command& app, Context& context) {
  const Command llm = app.add_subcommand("llm", "Serve and drive the LLM over gRPC");
  llm.require_subcommand();
  add_llm_serve(llm, context);
  add_llm_generate(llm, context);
  add_llm_health(llm, context);
  add_llm_models(llm, context);
  add_llm_describe(llm, context);
}

}  // namespace wsdeep::commands
