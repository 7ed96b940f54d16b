#include <fmt/format.h>

#include <memory>
#include <thread>

#include "base/duration.h"
#include "base/error.h"
#include "commands/client_options.h"
#include "commands/llm/commands.h"
#include "commands/llm/health_text.h"
#include "commands/llm/health_watch.h"
#include "commands/llm/node_access.h"
#include "commands/not_empty.h"

namespace wsdeep::commands {
namespace {

struct HealthOptions {
  ClientOptions client;
  std::vector<std::string> urls;
  std::string output = "text";
  std::string poll = "2s";
  bool json = false;
  bool watch = false;
};

int run_health(const HealthOptions& options, Context& context);

}  // namespace

void add_llm_health(const Command& llm, Context& context) {
  auto options = std::make_shared<HealthOptions>();
  const Command command = llm.add_subcommand("health", "Ask nodes how they are");
  command
      .add_option("--url", options->urls,
                  "a node, host:port, grpc://host:port or grpcs://host:port; may be repeated; without it the local one")
      .repeats()
      .envname("WSDEEP_LLM_URL")
      .check(not_empty);
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.add_flag("--json", options->json, "the same as --output json");
  command.add_flag("--watch", options->watch,
                   "go on until Ctrl-C: a live screen on a terminal, elsewhere what changes; json: a line a look");
  command.add_option("--poll-interval", options->poll, "how often --watch looks, beside what nodes tell by themselves")
      .shows_default();
  add_connection_options(command, options->client);
  command.footer(
      fmt::format("{}\n"
                  "Exit code 0 when all of them are healthy, else 1.\n\n"
                  "Example:\n  wsdeep llm health --watch --url gpu-1:50051 --url gpu-2:50051",
                  kAddressRule));
  command.runs([options, &context] { return run_health(*options, context); });
}

namespace {

int show_health(const HealthOptions& options, std::chrono::milliseconds poll, Context& context,
                const Interrupts& interrupts);

bool wants_json(const HealthOptions& options) {
  return options.json || options.output == "json";
}

/// The nodes, which can be asked as long as `ways` lives.
std::vector<NamedNode> nodes_of(const HealthOptions& options, Context& context, const Interrupts& interrupts,
                                std::vector<NodeAccess>& ways) {
  std::vector<std::string> urls = options.urls;
  if (urls.empty()) urls.emplace_back();
  std::vector<NamedNode> nodes;
  ClientOptions client = options.client;
  for (const std::string& url : urls) {
    client.url = url;
    const llm::ClientTarget& target = ways.emplace_back(client, context, interrupts).target();
    nodes.push_back({url.empty() ? target.url : url, target});
  }
  warn_of_insecurity(options.client, context.console);
  return nodes;
}

int ask_one(const HealthOptions& options, const NamedNode& node, const Console& console) {
  llm::Client client(node.target);
  const llm::NodeHealth health = client.health(options.client.timeout());
  console.out((wants_json(options) ? health_json(health) : health_text(health)) + "\n");
  if (health.is_healthy()) return 0;
  throw Error(ErrorKind::kFailure, "the node is not healthy" +
                                       (health.status.empty() ? ", or does not say how it is" : ": " + health.status));
}

/// A row for each, in order; all are asked at the same time.
int ask_all(const HealthOptions& options, const std::vector<NamedNode>& nodes, const Console& console) {
  std::vector<llm::NodeView> views(nodes.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < nodes.size(); ++at)
      threads.emplace_back([&, at] {
        try {
          views[at].health = llm::Client(nodes[at].target).health(options.client.timeout());
        } catch (const Error& fault) {
          views[at].fault = fault.what();
        }
      });
  }
  std::size_t unwell = 0;
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    if (!views[at].is_well()) ++unwell;
    console.out(wants_json(options) ? view_json(nodes[at].name, views[at], "") + "\n"
                                    : fmt::format("{}  {}\n", nodes[at].name, view_text(views[at])));
  }
  if (unwell == 0) return 0;
  throw Error(ErrorKind::kFailure, fmt::format("{} of {} nodes are not healthy", unwell, nodes.size()));
}

int run_health(const HealthOptions& options, Context& context) {
  const auto poll = parse_milliseconds(options.poll, "--poll-interval");
  if (poll < std::chrono::milliseconds(100)) throw Error(ErrorKind::kUsage, "--poll-interval must be 100ms or more");
  const Interrupts interrupts;
  return unless_interrupted(interrupts, "", [&] { return show_health(options, poll, context, interrupts); });
}

int show_health(const HealthOptions& options, std::chrono::milliseconds poll, Context& context,
                const Interrupts& interrupts) {
  std::vector<NodeAccess> ways;
  const std::vector<NamedNode> nodes = nodes_of(options, context, interrupts, ways);
  if (options.watch) {
    watch_nodes(nodes, poll, wants_json(options), context, interrupts);
    return exit_code(ErrorKind::kInterrupted);
  }
  return nodes.size() == 1 ? ask_one(options, nodes.front(), context.console)
                           : ask_all(options, nodes, context.console);
}

}  // namespace

}  // namespace wsdeep::commands
