#include <memory>

#include "commands/llm/client_options.h"

namespace wsdeep::commands {
namespace {

int run_models(const ClientOptions& options, Context& context);

}  // namespace

void add_llm_models(const Command& llm, Context& context) {
  auto options = std::make_shared<ClientOptions>();
  const Command command = llm.add_subcommand("models", "List the models of a node");
  add_client_options(command, *options);
  command.runs([options, &context] { return run_models(*options, context); });
}

namespace {

int run_models(const ClientOptions& options, Context& context) {
  llm::Client client(llm_target(options, context));
  for (const std::string& model : client.models(options.timeout())) context.console.out(model + "\n");
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
