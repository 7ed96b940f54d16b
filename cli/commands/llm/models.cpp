#include <memory>

#include "base/printable.h"
#include "commands/client_options.h"
#include "commands/llm/commands.h"
#include "commands/llm/node_access.h"
#include "wire/json_writer.h"

namespace wsdeep::commands {
namespace {

struct ModelsOptions {
  ClientOptions client;
  bool json = false;
};

int run_models(const ModelsOptions& options, Context& context);

}  // namespace

void add_llm_models(const Command& llm, Context& context) {
  auto options = std::make_shared<ModelsOptions>();
  const Command command = llm.add_subcommand("models", "List the models of a node");
  command.add_flag("--json", options->json, "print a JSON object: {\"models\": […]}");
  add_client_options(command, options->client);
  command.footer(kAddressRule);
  command.runs([options, &context] { return run_models(*options, context); });
}

namespace {

std::string models_json(const std::vector<std::string>& models) {
  std::string list;
  for (const std::string& model : models) list += (list.empty() ? "" : ",") + wire::json_string(model);
  return wire::JsonObject().add_json("models", "[" + list + "]").text();
}

int run_models(const ModelsOptions& options, Context& context) {
  const Interrupts interrupts;
  const std::vector<std::string> models = unless_interrupted(interrupts, "", [&] {
    const NodeAccess node(options.client, context, interrupts);
    warn_of_insecurity(options.client, context.console);
    return llm::Client(node.target()).models(options.client.timeout());
  });
  if (options.json) {
    context.console.out(models_json(models) + "\n");
    return 0;
  }
  for (const std::string& model : models) context.console.out(printable(model) + "\n");
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
