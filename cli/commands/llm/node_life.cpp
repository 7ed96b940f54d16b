#include "commands/llm/node_life.h"

#include <fmt/format.h>

#include <csignal>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "base/log.h"
#include "base/url.h"
#include "net/event_loop.h"
#include "node/cloudwatch_link.h"
#include "node/instance_watch.h"

namespace wsdeep::commands {
namespace {

/// What a balancer needs that asks every ten seconds and waits five for the answer, as that of templates/fleet.yaml
/// does: two failures, and the time-out of the second.
constexpr std::chrono::seconds kLameDuckBehindABalancer{25};

llm::DrainTimes drain_times(const LifeOptions& options) {
  llm::DrainTimes times;
  if (options.watch_instance) times.lame_duck = kLameDuckBehindABalancer;
  if (!options.lame_duck.empty()) times.lame_duck = parse_milliseconds(options.lame_duck, "--lame-duck");
  times.grace = parse_milliseconds(options.grace, "--grace");
  return times;
}

std::string metrics_url(const llm::NodeOptions& options, const llm::Node& node) {
  const ListenAddress address{parse_listen_address(options.metrics_listen).host, node.metrics_port()};
  return fmt::format("http://{}/metrics", address.authority());
}

}  // namespace

const char* const kLifeHelp =
    "Prints its URL when it listens. On SIGINT or SIGTERM it leaves: its health says NOT_SERVING and it still takes\n"
    "calls for --lame-duck; then it refuses new ones, tells connected clients to go (GOAWAY), and gives running\n"
    "generations the --grace; those that still run end with UNAVAILABLE and the trailer wsdeep-draining, for another\n"
    "node to go on with. It exits with 0 then; on a second signal it does all this at once and exits with 130.\n"
    "With --watch-instance it leaves also on a Spot notice, when Auto Scaling terminates the instance and, outside of "
    "a\n"
    "group of it, on a rebalance recommendation; in Standby it refuses calls until the instance is in service again.";

void add_life_options(const Command& command, LifeOptions& options) {
  command.add_option(
      "--lame-duck", options.lame_duck,
      "how long a node that leaves says so and still takes calls: a balancer's health interval times its "
      "unhealthy threshold, and its time-out (default: 0s, and 25s with --watch-instance)");
  command.add_option("--grace", options.grace, "how long running generations may go on after that").shows_default();
  command.add_flag("--watch-instance", options.watch_instance,
                   "leave when EC2 or Auto Scaling takes the instance away, as its metadata service tells");
}

/// The first signal lets the node leave as it should; a second one hurries it.
int run_until_stopped(const LifeOptions& options, llm::NodeOptions settings, std::unique_ptr<llm::Engine> engine,
                      Context& context) {
  std::optional<node::PublisherOptions> publishing;
  if (!options.group.empty()) publishing = node::publisher_options(options.group, context.env, context.files);
  net::EventLoop loop;
  settings.reads_engine_page = publishing.has_value();
  settings.drain = drain_times(options);
  settings.on_stopped = [&loop] { loop.stop(); };
  std::unique_ptr<llm::Node> node;
  int signals_seen = 0;
  const auto signals = loop.on_signal({SIGINT, SIGTERM}, [&](int signal) {
    ++signals_seen == 1 ? node->leave(signal == SIGINT ? "SIGINT" : "SIGTERM") : node->hurry();
  });
  node = std::make_unique<llm::Node>(settings, std::move(engine));
  std::optional<node::InstanceWatch> watch;
  if (options.watch_instance) watch.emplace(*node, context.env, context.clock);
  const ListenAddress address{parse_listen_address(settings.listen).host, node->port()};
  // The one line that a script, or `local up`, waits for.
  context.console.out(
      fmt::format("{}://{}\n", settings.tls.certificate.empty() ? "grpc" : "grpcs", address.authority()));
  if (node->metrics_port() != 0) log_info("serving metrics", {{"url", metrics_url(settings, *node)}});
  std::optional<node::CloudWatchLink> cloudwatch;
  if (publishing) cloudwatch.emplace(*publishing, context.env, *node);
  loop.run();
  return signals_seen > 1 ? exit_code(ErrorKind::kInterrupted) : 0;
}

}  // namespace wsdeep::commands
