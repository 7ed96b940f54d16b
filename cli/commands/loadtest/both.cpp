#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "commands/client_options.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/load_test.h"
#include "commands/loadtest/options.h"
#include "commands/loadtest/run_load_test.h"
#include "commands/loadtest/safety.h"
#include "commands/loadtest/sessions.h"
#include "commands/loadtest/watched.h"
#include "commands/loadtest/worker.h"
#include "commands/not_empty.h"
#include "load/drive/chat_driver.h"
#include "load/drive/llm_driver.h"
#include "load/drive/paired_driver.h"

namespace wsdeep::commands {
namespace {

struct BothLoadOptions {
  LoadOptions load;
  SafetyOptions safety;
  SessionOptions session;
  std::vector<std::string> llm_urls;
  std::vector<std::string> nodes;
  std::uint64_t sessions = 20;
};

int run_loadtest_both(const BothLoadOptions& options, Context& context);

}  // namespace

void add_loadtest_both(const Command& loadtest, Context& context) {
  auto options = std::make_shared<BothLoadOptions>();
  const Command command =
      loadtest.add_subcommand("both", "Ask the same at the same instant through the front door and at the nodes");
  add_user_options(command, options->session);
  command.add_option("--sessions", options->sessions, "sessions to open before the first turn").shows_default();
  command
      .add_option("--llm-url", options->llm_urls,
                  "a node or a balancer, host:port, grpc://host:port or grpcs://host:port; without it the local one")
      .repeats()
      .check(not_empty);
  command
      .add_option(
          "--nodes", options->nodes,
          "single nodes, named as by --llm-url, whose clocks are compared with ours and whose health is read each "
          "second; without it the clocks of what --llm-url names")
      .repeats()
      .check(not_empty);
  add_load_options(command, options->load);
  add_prompt_options(command, options->load);
  add_measure_options(command, options->load);
  add_series_options(command, options->load.series, "");
  add_safety_options(command, options->safety);
  add_target_options(command, options->session.target);
  command.footer(
      "A pair is one question, a conversation of its own on each plane; which plane is asked first is drawn. The "
      "table\n"
      "of turns is chat's; gRPC's stand in the pairs.\n\n"
      "Example:\n"
      "  wsdeep loadtest both --tokens tokens.jsonl --llm-url gpu-1:50051 --rate 2/s --duration 5m");
  command.runs([options, &context] { return run_loadtest_both(*options, context); });
}

namespace {

/// A pair is the same question on both planes, and nothing comes before it.
void refuse_what_pairs_have_not(const load::PlanOptions& plan) {
  if (plan.turns) throw Error(ErrorKind::kUsage, "--turns: a pair is one question on each plane, without a history");
  if (plan.concurrency)
    throw Error(ErrorKind::kUsage, "--concurrency: pairs are begun by the clock, whatever is under way", "use --rate");
}

/// Both planes' targets and manners.
struct Planes {
  load::ChatOptions chat;
  load::LlmDriverOptions llm;
  std::vector<llm::ClientTarget> nodes;
};

Planes planes_of(const BothLoadOptions& options, const users::Target& target, const Context& context) {
  const ClientOptions client = node_client(options.session.target);
  Planes planes;
  planes.chat.endpoint = stage_endpoint(target);
  planes.chat.sessions = options.sessions;
  planes.chat.max_sessions = options.safety.max_sessions;
  planes.chat.timings = true;
  planes.llm.targets =
      llm_targets(options.llm_urls.empty() ? std::vector<std::string>{""} : options.llm_urls, client, context);
  planes.llm.most_sessions = options.safety.max_sessions;
  planes.llm.watch.nodes = llm_targets(options.nodes, client, context);
  planes.nodes = options.nodes.empty() ? planes.llm.targets : planes.llm.watch.nodes;
  return planes;
}

void require_own_planes(const BothLoadOptions& options, const users::Target& target, const Planes& planes) {
  std::vector<std::string> urls;
  for (const llm::ClientTarget& one : planes.llm.targets) urls.push_back(one.url);
  require_own_targets(options.safety, urls, options.llm_urls.empty() ? urls : std::vector<std::string>());
  require_own_targets(options.safety, {target.url}, own_stages(target));
}

int run_loadtest_both(const BothLoadOptions& options, Context& context) {
  const LoadOptions words = words_to_plan(options.load, context);
  refuse_what_pairs_have_not(options.load.plan);
  LoadTest test(
      "both",
      [&](const LoadOptions& load) {
        load::RunPlan plan = plan_of(load, true, context);
        plan.load.prompts = std::make_shared<load::PairPrompts>(plan.load.prompts);
        check_load(options.safety, plan.load, options.sessions, 1, context.files);
        return plan;
      },
      words);
  const users::Target target = resolve_target(options.session.target, context);
  const Planes planes = planes_of(options, target, context);
  require_own_planes(options, target, planes);
  const auto users = session_users(options.session, target, context);
  test.target = fmt::format("{} and {}", target.url, planes.llm.targets.front().url);
  test.make_driver = [&](const load::RunPlan& plan, const load::RunClock& clock, load::RecordSink& sink) {
    const auto make_chat = [&](load::RecordSink& to) {
      return std::make_unique<load::ChatDriver>(planes.chat, clock, *plan.load.prompts, *users, to);
    };
    const auto make_llm = [&](load::RecordSink& to) {
      return std::make_unique<load::LlmDriver>(planes.llm, *plan.load.prompts, clock, to);
    };
    return std::make_unique<load::PairedDriver>(make_chat, make_llm, planes.nodes, plan.load.shape.seed, clock, sink);
  };
  return run_load_test(words, std::move(test), context);
}

}  // namespace

}  // namespace wsdeep::commands
