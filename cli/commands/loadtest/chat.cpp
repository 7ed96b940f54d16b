#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "base/duration.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/cost_options.h"
#include "commands/loadtest/load_test.h"
#include "commands/loadtest/options.h"
#include "commands/loadtest/run_load_test.h"
#include "commands/loadtest/safety.h"
#include "commands/loadtest/sessions.h"
#include "commands/loadtest/watched.h"
#include "commands/loadtest/worker.h"
#include "load/drive/chat_driver.h"
#include "load/plan/words.h"

namespace wsdeep::commands {
namespace {

struct ChatLoadOptions {
  LoadOptions load;
  SafetyOptions safety;
  CostOptions cost;
  SessionOptions session;
  WatchedOptions watched;
  std::uint64_t sessions = 0;  ///< 0: as many as the load seems to need
  std::string open_rate = "100/s";
  std::string timeout = "120s";
  bool no_timings = false;
};

int run_loadtest_chat(const ChatLoadOptions& options, Context& context);

}  // namespace

void add_loadtest_chat(const Command& loadtest, Context& context) {
  auto options = std::make_shared<ChatLoadOptions>();
  const Command command = loadtest.add_subcommand(
      "chat", "Load the service through its front door: chats over signed-in WebSocket sessions");
  add_user_options(command, options->session);
  command
      .add_option("--sessions", options->sessions,
                  "sessions to open before the first turn; by default as many as --concurrency, or ten for each turn a "
                  "second")
      .shows_default("");
  command.add_option("--open-rate", options->open_rate, "how fast they are opened").shows_default();
  command.add_option("--timeout", options->timeout, "a turn of which nothing is heard for so long has failed")
      .shows_default();
  command.add_flag("--no-timings", options->no_timings,
                   "do not ask who answers and when each token was generated: smaller frames, as users get them");
  add_watched_options(command, options->watched);
  add_load_options(command, options->load);
  add_prompt_options(command, options->load);
  add_measure_options(command, options->load);
  add_worker_options(command, options->load);
  add_search_options(command, options->load.search);
  add_cost_options(command, options->cost);
  add_coalescing_option(command, options->cost);
  add_series_options(command, options->load.series, "");
  add_safety_options(command, options->safety);
  add_target_options(command, options->session.target);
  command.footer(
      "Examples:\n"
      "  wsdeep users tokens --count 200 --out tokens.jsonl\n"
      "  wsdeep loadtest chat --tokens tokens.jsonl --rate 5/s --turns 3 --slo 'ttft_p99<1500ms'\n"
      "  wsdeep loadtest chat -e staging --tokens tokens.jsonl --concurrency 200 --think 10s --duration 10m");
  command.runs([options, &context] { return run_loadtest_chat(*options, context); });
}

namespace {

/// A turn takes a few seconds, and its user reads for a few more.
constexpr double kSessionsPerRate = 10;

std::size_t sessions_of(const ChatLoadOptions& options, const load::Plan& plan) {
  if (options.sessions > 0) return options.sessions;
  if (plan.shape.concurrency) return static_cast<std::size_t>(*plan.shape.concurrency);
  const double needed = std::ceil(peak_rate(plan) * kSessionsPerRate);
  return static_cast<std::size_t>(std::clamp(needed, 1.0, static_cast<double>(options.safety.max_sessions)));
}

/// Of all sessions before the first turn.
std::chrono::milliseconds opening_time(const ChatLoadOptions& options, const load::Plan& plan) {
  const double seconds =
      static_cast<double>(sessions_of(options, plan)) / load::parse_rate(options.open_rate, "--open-rate");
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

load::ChatOptions driver_options(const ChatLoadOptions& options, const load::Plan& plan, session::Endpoint stage,
                                 load::FleetWatchOptions watch) {
  load::ChatOptions driver;
  driver.watch = std::move(watch);
  driver.endpoint = std::move(stage);
  driver.sessions = plan.share.of(sessions_of(options, plan));
  driver.open_rate = load::parse_rate(options.open_rate, "--open-rate") / plan.share.workers;
  driver.max_sessions = plan.share.of(options.safety.max_sessions);
  driver.timings = !options.no_timings;
  driver.answer_timeout = parse_milliseconds(options.timeout, "--timeout");
  return driver;
}

int run_loadtest_chat(const ChatLoadOptions& options, Context& context) {
  const LoadOptions words = words_to_plan(options.load, context);
  LoadTest test(
      "chat",
      [&](const LoadOptions& load) {
        load::RunPlan plan = plan_of(load, !options.no_timings, context);
        require_one_each(sessions_of(options, plan.load), plan.load.share, "sessions");
        plan.coalescing_window = coalescing_window(options.cost, options.session.target, context.files);
        check_load(options.safety, plan.load, sessions_of(options, plan.load), 1, context.files);
        return plan;
      },
      words);
  const users::Target target = resolve_target(options.session.target, context);
  const session::Endpoint stage = stage_endpoint(target);
  require_own_targets(options.safety, {stage.url}, own_stages(target));
  const auto users = session_users(options.session, target, context);
  const load::FleetWatchOptions watch = fleet_watch(options.watched, node_client(options.session.target), context);
  test.cost = cost_terms(options.cost, options.session.target, context.files);
  test.target = stage.url;
  test.preparation = opening_time(options, test.plan.load);
  test.caps = caps_of(options.safety);
  test.make_driver = [&](const load::RunPlan& plan, const load::RunClock& clock, load::RecordSink& sink) {
    return std::make_unique<load::ChatDriver>(driver_options(options, plan.load, stage, watch), clock,
                                              *plan.load.prompts, *users, sink);
  };
  return run_load_test(words, std::move(test), context);
}

}  // namespace

}  // namespace wsdeep::commands
