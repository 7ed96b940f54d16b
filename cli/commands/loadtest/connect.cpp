#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/load_test.h"
#include "commands/loadtest/options.h"
#include "commands/loadtest/run_load_test.h"
#include "commands/loadtest/safety.h"
#include "commands/loadtest/sessions.h"
#include "commands/loadtest/worker.h"
#include "load/drive/connect_driver.h"

namespace wsdeep::commands {
namespace {

struct ConnectLoadOptions {
  LoadOptions load;
  SafetyOptions safety;
  SessionOptions session;
  std::uint64_t sessions = 100;
  std::string hold = "0s";
  std::string ping_every = "4m";
  bool idle = false;
  std::string storm;
  std::string ask;
};

void add_holding_options(const Command& command, ConnectLoadOptions& options);
int run_loadtest_connect(const ConnectLoadOptions& options, Context& context);

}  // namespace

void add_loadtest_connect(const Command& loadtest, Context& context) {
  auto options = std::make_shared<ConnectLoadOptions>();
  const Command command = loadtest.add_subcommand("connect", "Open sessions, hold them, and lose them all at once");
  add_user_options(command, options->session);
  command.add_option("--sessions", options->sessions, "open so many").shows_default();
  add_schedule_options(command, options->load);
  add_holding_options(command, *options);
  add_measure_options(command, options->load);
  add_worker_options(command, options->load);
  add_series_options(command, options->load.series, "");
  add_safety_options(command, options->safety);
  add_target_options(command, options->session.target);
  command.footer(
      "An attempt is one session to open: it is good when it opened. New API Gateway accounts take 500 new\n"
      "connections a second, end a connection after 10 minutes of silence, and each after 2 hours.\n\n"
      "Examples:\n"
      "  wsdeep loadtest connect --sessions 2000 --rate 500/s --hold 3m\n"
      "  wsdeep loadtest connect --sessions 200 --rate 100/s --hold 11m --idle\n"
      "  wsdeep loadtest connect --sessions 2000 --rate 200/s --hold 2m --storm 30s --ask 'Are you there?'");
  command.runs([options, &context] { return run_loadtest_connect(*options, context); });
}

namespace {

void add_holding_options(const Command& command, ConnectLoadOptions& options) {
  const std::string group = "Holding";
  command.add_option("--hold", options.hold, "how long to hold them, once each has opened or failed")
      .shows_default()
      .group(group);
  command.add_option("--ping-every", options.ping_every, "send a ping of the chat's after so much silence")
      .shows_default()
      .group(group);
  const Option idle =
      command
          .add_flag("--idle", options.idle, "send nothing, and do not come back: shows the limit on idle connections")
          .group(group);
  const Option storm = command
                           .add_option("--storm", options.storm,
                                       "while they are held all sessions are lost at once, each time after so long, "
                                       "and come back as clients do: after a random wait that grows")
                           .group(group)
                           .excludes(idle);
  command
      .add_option("--ask", options.ask,
                  "a question that each session asks a second before a storm: is it answered all the same?")
      .group(group)
      .needs(storm);
}

/// At 100/s, unless a file says how fast.
load::RunPlan connect_plan(const ConnectLoadOptions& options, LoadOptions load, Context& context) {
  load.plan.requests = static_cast<std::int64_t>(options.sessions);
  if (!load.plan.rate && !load.plan.stages) load.plan.rate = "100/s";
  load::RunPlan plan = plan_of(load, false, context);
  plan.hold = parse_milliseconds(options.hold, "--hold");
  plan.load.prompts_in_words =
      options.ask.empty() ? "none: sessions are opened and held" : "one in each session before a storm";
  return plan;
}

load::ConnectOptions connect_manner(const ConnectLoadOptions& options) {
  constexpr std::chrono::seconds kShortestStorm{2};
  load::ConnectOptions driver;
  driver.manner.keep_alive = parse_milliseconds(options.ping_every, "--ping-every");
  driver.manner.silent = options.idle;
  driver.storm_question = options.ask;
  if (options.storm.empty()) return driver;
  driver.storm_every = parse_milliseconds(options.storm, "--storm");
  if (*driver.storm_every < kShortestStorm)
    throw Error(ErrorKind::kUsage, fmt::format("--storm: expected at least 2s, got {}", options.storm));
  if (*driver.storm_every >= parse_milliseconds(options.hold, "--hold"))
    throw Error(ErrorKind::kUsage, fmt::format("--storm: no storm comes: the sessions are held for {}", options.hold),
                "give --hold more than --storm has");
  return driver;
}

/// How long it takes: to open them, and to hold them.
void check_connect_load(const ConnectLoadOptions& options, const load::RunPlan& plan, Context& context) {
  load::Plan whole = plan.load;
  whole.schedule.stages.push_back({.name = "hold", .duration = std::chrono::microseconds(plan.hold).count()});
  check_load(options.safety, whole, options.sessions, 1, context.files);
}

int run_loadtest_connect(const ConnectLoadOptions& options, Context& context) {
  const LoadOptions words = words_to_plan(options.load, context);
  LoadTest test(
      "connect",
      [&](const LoadOptions& load) {
        load::RunPlan plan = connect_plan(options, load, context);
        check_connect_load(options, plan, context);
        return plan;
      },
      words);
  const users::Target target = resolve_target(options.session.target, context);
  load::ConnectOptions driver = connect_manner(options);
  driver.endpoint = stage_endpoint(target);
  require_own_targets(options.safety, {target.url}, own_stages(target));
  const auto users = session_users(options.session, target, context);
  test.target = target.url;
  test.make_driver = [&](const load::RunPlan&, const load::RunClock& clock, load::RecordSink& sink) {
    return std::make_unique<load::ConnectDriver>(driver, clock, *users, sink);
  };
  return run_load_test(words, std::move(test), context);
}

}  // namespace

}  // namespace wsdeep::commands
