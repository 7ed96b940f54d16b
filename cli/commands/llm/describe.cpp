#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "commands/client_options.h"
#include "commands/llm/commands.h"
#include "commands/llm/node_access.h"
#include "wire/json_writer.h"

namespace wsdeep::commands {
namespace {

struct DescribeOptions {
  ClientOptions client;
  std::string name;
  bool list = false;
  bool json = false;
};

int run_describe(const DescribeOptions& options, Context& context);

}  // namespace

void add_llm_describe(const Command& llm, Context& context) {
  auto options = std::make_shared<DescribeOptions>();
  const Command command = llm.add_subcommand("describe", "Print the services of any gRPC server, by reflection");
  command.add_option("name", options->name, "full name of a service, method or message; without it all files");
  command.add_flag("--list", options->list, "print the methods alone, one a line");
  command.add_flag("--json", options->json, "print the services and their methods as a JSON object").excludes("--list");
  add_client_options(command, options->client);
  command.footer(
      fmt::format("{}\n\n"
                  "Examples:\n"
                  "  wsdeep llm describe --url gpu-1:50051 > node.proto\n"
                  "  wsdeep llm describe llm.LLMRequest --url grpcs://llm.example.com",
                  kAddressRule));
  command.runs([options, &context] { return run_describe(*options, context); });
}

namespace {

std::string shape_of(const llm::MethodDescription& method) {
  return fmt::format("({}{}) returns ({}{})", method.streams_input ? "stream " : "", method.input,
                     method.streams_output ? "stream " : "", method.output);
}

std::string method_json(const llm::MethodDescription& method) {
  return wire::JsonObject()
      .add("name", method.name)
      .add("input", method.input)
      .add("output", method.output)
      .add("clientStreaming", method.streams_input)
      .add("serverStreaming", method.streams_output)
      .text();
}

std::string service_json(const llm::ServiceDescription& service) {
  std::string methods;
  for (const llm::MethodDescription& method : service.methods)
    methods += (methods.empty() ? "" : ",") + method_json(method);
  wire::JsonObject object;
  object.add("name", service.name).add_json("methods", "[" + methods + "]");
  if (!service.fault.empty()) object.add("fault", service.fault);
  return object.text();
}

std::string description_json(const llm::ServerDescription& server) {
  std::string services;
  for (const llm::ServiceDescription& service : server.services())
    services += (services.empty() ? "" : ",") + service_json(service);
  return wire::JsonObject().add_json("services", "[" + services + "]").text();
}

void print_list(const llm::ServerDescription& server, const Console& console) {
  for (const llm::ServiceDescription& service : server.services())
    for (const llm::MethodDescription& method : service.methods)
      console.out(fmt::format("{}/{} {}\n", service.name, method.name, shape_of(method)));
}

/// What the server lists without a description stands below, in a comment.
void print_files(const llm::ServerDescription& server, const Console& console) {
  console.out(join(server.files(), "\n"));
  for (const llm::ServiceDescription& service : server.services())
    if (!service.fault.empty()) console.out(fmt::format("\n// {}: {}\n", service.name, service.fault));
}

void print_one(const llm::ServerDescription& server, const std::string& name, const Console& console) {
  const auto text = server.text_of(name);
  if (!text) {
    const auto near = closest(name, server.names());
    throw Error(ErrorKind::kNotFound, fmt::format("the server has no '{}'{}", printable(name),
                                                  near ? fmt::format(", did you mean '{}'?", *near) : ""));
  }
  console.out(*text);
}

int run_describe(const DescribeOptions& options, Context& context) {
  const Interrupts interrupts;
  const Console& console = context.console;
  const llm::ServerDescription server = unless_interrupted(interrupts, "", [&] {
    const NodeAccess node(options.client, context, interrupts);
    warn_of_insecurity(options.client, context.console);
    return llm::Client(node.target()).describe(options.client.timeout());
  });
  if (!options.name.empty())
    print_one(server, options.name, console);
  else if (options.json)
    console.out(description_json(server) + "\n");
  else if (options.list)
    print_list(server, console);
  else
    print_files(server, console);
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
