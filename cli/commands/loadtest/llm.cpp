#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.h"
#include "commands/client_options.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/cost_options.h"
#include "commands/loadtest/load_test.h"
#include "commands/loadtest/options.h"
#include "commands/loadtest/run_load_test.h"
#include "commands/loadtest/safety.h"
#include "commands/loadtest/self_test.h"
#include "commands/loadtest/watched.h"
#include "commands/loadtest/worker.h"
#include "commands/not_empty.h"
#include "load/drive/llm_driver.h"

namespace wsdeep::commands {
namespace {

struct LlmLoadOptions {
  LoadOptions load;
  SafetyOptions safety;
  CostOptions cost;
  ClientOptions client;
  std::vector<std::string> urls;
  WatchedOptions watched;
  bool self_test = false;
};

int run_loadtest_llm(const LlmLoadOptions& options, Context& context);

}  // namespace

void add_loadtest_llm(const Command& loadtest, Context& context) {
  auto options = std::make_shared<LlmLoadOptions>();
  const Command command = loadtest.add_subcommand("llm", "Load nodes, or the balancer before them, by gRPC");
  command
      .add_option(
          "--url", options->urls,
          "a node or a balancer, host:port, grpc://host:port or grpcs://host:port; conversations are spread over "
          "several; without it the local one")
      .repeats()
      .envname("WSDEEP_LLM_URL")
      .check(not_empty);
  add_watched_options(command, options->watched);
  add_load_options(command, options->load);
  add_prompt_options(command, options->load);
  add_measure_options(command, options->load);
  add_worker_options(command, options->load);
  add_search_options(command, options->load.search);
  add_cost_options(command, options->cost);
  add_series_options(command, options->load.series, "this node or balancer, named as by --url");
  add_safety_options(command, options->safety);
  command.add_option("--state", options->client.state, "state folder of the local system")
      .envname("WSDEEP_LOCAL_STATE");
  add_client_tls_options(command, options->client);
  command.add_flag("--self-test", options->self_test,
                   "measure this tool itself, on a simulated node of its own: its errors, and its capacity here");
  command.footer(
      "Examples:\n"
      "  wsdeep loadtest llm --url gpu-1:50051 --rate 20/s --duration 60s --slo 'ttft_p99<800ms'\n"
      "  wsdeep loadtest llm --concurrency 50 --think 2s --turns 3 --duration 5m --json result.json");
  command.runs([options, &context] {
    return options->self_test ? run_loadtest_self_test(context) : run_loadtest_llm(*options, context);
  });
}

namespace {

/// Streams that share a connection.
constexpr std::uint64_t kStreams = 100;

std::vector<std::string> urls_of(const std::vector<llm::ClientTarget>& targets) {
  std::vector<std::string> urls;
  for (const llm::ClientTarget& target : targets) urls.push_back(target.url);
  return urls;
}

/// Each worker has a share of the sessions.
load::MakeDriver llm_driver(load::LlmDriverOptions options) {
  return
      [options = std::move(options)](const load::RunPlan& plan, const load::RunClock& clock, load::RecordSink& sink) {
        load::LlmDriverOptions share = options;
        share.most_sessions = plan.load.share.of(options.most_sessions);
        return std::make_unique<load::LlmDriver>(std::move(share), *plan.load.prompts, clock, sink);
      };
}

/// What is watched are the nodes of `--url`.
LoadTarget other_target(const LlmLoadOptions& options, load::LlmDriverOptions driver, const Context& context) {
  driver.targets = llm_targets({options.load.series.against}, options.client, context);
  driver.watch = {};
  const std::vector<std::string> urls = urls_of(driver.targets);
  require_own_targets(options.safety, urls, {});
  return {join(urls, ", "), llm_driver(std::move(driver))};
}

int run_loadtest_llm(const LlmLoadOptions& options, Context& context) {
  const LoadOptions words = words_to_plan(options.load, context);
  const std::size_t addresses = std::max<std::size_t>(options.urls.size(), 1);
  LoadTest test(
      "llm",
      [&](const LoadOptions& load) {
        load::RunPlan plan = plan_of(load, true, context);
        check_load(options.safety, plan.load, options.safety.max_sessions / kStreams + addresses, addresses,
                   context.files);
        return plan;
      },
      words);
  load::LlmDriverOptions driver;
  driver.targets =
      llm_targets(options.urls.empty() ? std::vector<std::string>{""} : options.urls, options.client, context);
  driver.watch = fleet_watch(options.watched, options.client, context);
  driver.most_sessions = options.safety.max_sessions;
  const std::vector<std::string> urls = urls_of(driver.targets);
  // Those without --url are the local system's.
  require_own_targets(options.safety, urls, options.urls.empty() ? urls : std::vector<std::string>());
  warn_of_insecurity(options.client, context.console);
  test.cost = cost_terms(options.cost, {}, context.files);
  test.target = join(urls, ", ");
  test.caps = caps_of(options.safety);
  if (!options.load.series.against.empty()) test.other = other_target(options, driver, context);
  test.make_driver = llm_driver(std::move(driver));
  return run_load_test(words, std::move(test), context);
}

}  // namespace

}  // namespace wsdeep::commands
