#include "commands/loadtest/watched.h"

#include "commands/not_empty.h"

namespace wsdeep::commands {

void add_watched_options(const Command& command, WatchedOptions& options) {
  command
      .add_option(
          "--nodes", options.nodes,
          "single nodes behind the front door or the balancer, host:port, grpc://host:port or grpcs://host:port: "
          "their health is read each second, and they say when the slots of cancelled turns were free")
      .repeats()
      .check(not_empty);
  command
      .add_option("--metrics-url", options.pages,
                  "pages of metrics to read every five seconds: of nodes, http://host:port/metrics, or of engines")
      .repeats()
      .check(not_empty);
}

load::FleetWatchOptions fleet_watch(const WatchedOptions& options, const ClientOptions& client,
                                    const Context& context) {
  return {llm_targets(options.nodes, client, context), options.pages};
}

ClientOptions node_client(const TargetOptions& target) {
  ClientOptions client;
  client.ca_file = target.ca_file;
  client.state = target.state;
  return client;
}

}  // namespace wsdeep::commands
