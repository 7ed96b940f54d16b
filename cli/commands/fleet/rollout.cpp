#include "fleet/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/fleet/commands.h"
#include "commands/fleet/percents.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct RolloutFlags {
  StackOptions stack;
  ChangeOptions change;
  fleet::RolloutRequest request;
  std::string nodes;
  std::string steps = "10,50,100";
  std::string hold = "5m";
  bool back = false, finish = false;
};

int run_fleet_rollout(const RolloutFlags& flags, Context& context);

}  // namespace

void add_fleet_rollout(const Command& fleet, Context& context) {
  auto flags = std::make_shared<RolloutFlags>();
  const Command command = fleet.add_subcommand(
      "rollout", "Put a new model, or engine image, beside the old one, and move the traffic to it step by step");
  add_stack_options(command, flags->stack);
  command.add_option("--model", flags->request.model, "the new model");
  command.add_option("--image", flags->request.image, "the new container image of the engine");
  command.add_option("--model-source", flags->request.model_source, "where the new model is: s3://BUCKET/PREFIX");
  command.add_option("--nodes", flags->nodes,
                     "how many nodes the new model gets; without it as many as the old one has");
  command.add_option("--steps", flags->steps, "shares of the traffic, in percent, one after the other");
  command.add_option("--hold", flags->hold, "how long all has to be well at each step");
  const Option back = command.add_flag("--back", flags->back, "all traffic to the old nodes, and the new ones away");
  command.add_flag("--finish", flags->finish, "the old nodes get the new model, too, and the second group goes")
      .excludes(back);
  add_change_options(command, flags->change);
  command.footer(
      "The new nodes are a second group of the stack, with a target group of its own; no traffic moves before they "
      "serve.\nWhile a step is held they have to go on serving, and no alarm of the stack may begin to ring: else all "
      "traffic goes\nback at once. A chat stays with the group that it is at. Where the rollout stands is in the "
      "stack's parameters: after\nCtrl-C, or with --steps 10 only, the command without --model goes on from there.\n\n"
      "Examples:\n  wsdeep fleet rollout --model deepseek-ai/DeepSeek-R1-Distill-Qwen-14B -e dev\n"
      "  wsdeep fleet rollout --steps 10,25,50,100 --hold 15m -e prod\n  wsdeep fleet rollout --back -e prod\n"
      "  wsdeep fleet rollout --finish -e prod");
  command.runs([flags, &context] { return run_fleet_rollout(*flags, context); });
}

namespace {

fleet::RolloutPace pace_of(const RolloutFlags& flags) {
  fleet::RolloutPace pace;
  pace.steps = rising_percents(flags.steps, "--steps");
  pace.hold = parse_milliseconds(flags.hold, "--hold");
  pace.poll = parse_milliseconds(flags.change.poll, "--poll-interval");
  return pace;
}

void end_rollout(const RolloutFlags& flags, fleet::Rollout& rollout, const fleet::RolloutPace& pace, Context& context) {
  const fleet::RolloutState state = rollout.state();
  if (!state.is_under_way()) throw Error(ErrorKind::kNotFound, "no rollout is under way");
  if (flags.finish) {
    rollout.check_finish();
    require_yes(fmt::format("Make {} the model of the first group, and remove the second?", state.model),
                flags.change.yes, context);
    rollout.finish(pace);
    say(context.console, fmt::format("{} is the fleet's model", state.model));
    return;
  }
  require_yes(
      fmt::format("Take {} back, which has {} % of the traffic, and remove its nodes?", state.model, state.weight),
      flags.change.yes, context);
  rollout.back(pace);
  say(context.console, fmt::format("the rollout of {} is undone", state.model));
}

/// Begins one, where none is under way, after asking.
void begin_rollout(const RolloutFlags& flags, fleet::Rollout& rollout, const fleet::RolloutPace& pace,
                   Context& context) {
  const bool named = !flags.request.model.empty() || !flags.request.image.empty();
  if (!rollout.state().is_under_way() && !named)
    throw Error(ErrorKind::kUsage, "no rollout is under way, and nothing says what is to be rolled out",
                "pass --model or --image");
  std::map<std::string, std::string> parameters;
  if (named) {
    fleet::RolloutRequest request = flags.request;
    if (!flags.nodes.empty()) {
      request.nodes = parse_integer(flags.nodes, 1, 1000);
      if (!request.nodes)
        throw Error(ErrorKind::kUsage, fmt::format("--nodes takes a number, 1 to 1000, got '{}'", flags.nodes));
    }
    parameters = rollout.plan(request);
  }
  if (rollout.state().is_under_way()) {
    say(context.console, fmt::format("the rollout of {} is at {} %: going on from there", rollout.state().model,
                                     rollout.state().weight));
  } else {
    require_yes(
        fmt::format("Put {} by {} beside the old, on {} of its own, and move the traffic ({} %)?",
                    parameters["RolloutModel"], parameters["RolloutImage"],
                    fleet::nodes_text(parse_integer(parameters["RolloutNodes"], 0, 100'000).value_or(0)), flags.steps),
        flags.change.yes, context);
  }
  rollout.begin(parameters, pace);
}

void run_rollout(const RolloutFlags& flags, fleet::Rollout& rollout, const fleet::RolloutPace& pace, Context& context) {
  if (flags.back || flags.finish) return end_rollout(flags, rollout, pace, context);
  begin_rollout(flags, rollout, pace, context);
  rollout.move(pace);
  const fleet::RolloutState state = rollout.state();
  say(context.console,
      fmt::format("{} has {} % of the traffic; {}, back with: wsdeep fleet rollout --back{}", state.model, state.weight,
                  state.weight == 100 ? "make it the fleet's own with --finish" : "go on with: wsdeep fleet rollout",
                  flags_of(flags.stack)));
}

int run_fleet_rollout(const RolloutFlags& flags, Context& context) {
  const fleet::RolloutPace pace = pace_of(flags);
  fleet::WatchOptions watching = flags.change.watch();
  // Of the nodes that are waited for, not of a step that is to be held for long.
  watching.limit = std::max(*watching.limit, pace.hold + std::chrono::minutes(10));
  watching.stays = false;  // one step comes after the other
  deploy::StackSession session(resolve_fleet(flags.stack, context), context);
  const std::string hint = fmt::format(
      "where the rollout stands, wsdeep fleet status{0} shows; go on with wsdeep fleet rollout{0}, back with wsdeep "
      "fleet rollout --back{0}",
      flags_of(flags.stack));
  return once_begun(session.interrupts, hint, [&] {
    fleet::Fleet fleet(session);
    fleet::Watch watch(fleet, watching);
    fleet::Rollout rollout(fleet, watch);
    run_rollout(flags, rollout, pace, context);
    return 0;
  });
}

}  // namespace

}  // namespace wsdeep::commands
