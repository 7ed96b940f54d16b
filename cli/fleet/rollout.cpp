#include "fleet/rollout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "deploy/resources.h"
#include "fleet/prices.h"
#include "fleet/refresh.h"
#include "fleet/stack_update.h"
#include "fleet/status_text.h"
#include "stack/settings/parameters.h"
#include "terminal/dialogue.h"

namespace wsdeep::fleet {
namespace {

constexpr std::size_t kAlarmsAtOnce = 100;
constexpr std::int64_t kMostCounted = 100'000;
constexpr std::string_view kS3 = "s3://";

/// A parameter of the first group and its counterpart of the second.
struct Pair {
  const char* first;
  const char* second;
};
constexpr Pair kPairs[] = {{"LlmModel", "RolloutModel"},
                           {"EngineImage", "RolloutImage"},
                           {"LlmModelBucket", "RolloutModelBucket"},
                           {"LlmModelPrefix", "RolloutModelPrefix"}};

std::string parameter_of(const aws::Stack& stack, const char* name) {
  const auto found = stack.parameters.find(name);
  return found == stack.parameters.end() ? std::string() : found->second;
}

std::map<std::string, std::string> weights(std::int64_t weight) {
  return {{"RolloutWeight", std::to_string(weight)}, {"RolloutRest", std::to_string(100 - weight)}};
}

/// `s3://bucket/prefix`, the prefix without its last slash.
void add_source(const std::string& source, std::map<std::string, std::string>& out) {
  const std::string_view path = std::string_view(source).substr(std::min(kS3.size(), source.size()));
  const std::size_t slash = path.find('/');
  if (!source.starts_with(kS3) || slash == std::string_view::npos || slash == 0 || slash + 1 == path.size())
    throw Error(ErrorKind::kUsage, fmt::format("expected s3://BUCKET/PREFIX as the model's source, got '{}'", source));
  std::string_view prefix = path.substr(slash + 1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  out["RolloutModelBucket"] = path.substr(0, slash);
  out["RolloutModelPrefix"] = prefix;
}

void check_other_rollout(const RolloutState& running, const std::map<std::string, std::string>& wanted) {
  if (!running.is_under_way()) return;
  if (running.model == wanted.at("RolloutModel") && running.image == wanted.at("RolloutImage")) return;
  throw Error(ErrorKind::kRefused,
              fmt::format("a rollout of {} ({}) is under way, at {} %", running.model, running.image, running.weight),
              "end it first: wsdeep fleet rollout --back, or --finish when it has all the traffic");
}

/// `123456789012.dkr.ecr.eu-west-1.amazonaws.com/vllm` of `…/vllm:0.8.5`.
std::string_view repository_of(std::string_view image) {
  const std::size_t slash = image.rfind('/');
  const std::size_t mark = image.find_first_of(":@", slash == std::string_view::npos ? 0 : slash);
  return image.substr(0, mark);
}

/// The role of the nodes names the one private repository that the settings' image is from.
void check_image(const std::string& old_image, const std::string& image) {
  if (image.find(".dkr.ecr.") == std::string::npos || repository_of(image) == repository_of(old_image)) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("the nodes may not pull from {}: their role names the repository of {}", repository_of(image),
                          old_image),
              fmt::format("push the image to {}", repository_of(old_image)));
}

/// Where the new model comes from, for nodes that may read one bucket only when the settings name one.
void check_source(const RolloutRequest& request, const std::string& old_model,
                  std::map<std::string, std::string>& wanted) {
  const std::string bucket = wanted["RolloutModelBucket"];
  if (bucket.empty() && !request.model_source.empty())
    throw Error(ErrorKind::kUsage, "the nodes of this stack fetch models from the engine's own registry",
                "leave out --model-source, or deploy with llm.model_source first");
  if (!request.model_source.empty()) return add_source(request.model_source, wanted);
  if (wanted["RolloutModel"] != old_model && !bucket.empty())
    throw Error(ErrorKind::kUsage,
                fmt::format("the nodes fetch {} from s3://{}/{}: where is {}?", old_model, bucket,
                            wanted["RolloutModelPrefix"], wanted["RolloutModel"]),
                "pass --model-source s3://BUCKET/PREFIX");
}

/// Throws Error{kUsage} for more than the second group may have.
std::int64_t node_count_of(const RolloutRequest& request, const aws::Stack& stack, std::int64_t desired) {
  const std::int64_t most = parse_integer(parameter_of(stack, "NodeMax"), 0, kMostCounted).value_or(0);
  const std::int64_t nodes = request.nodes.value_or(std::max<std::int64_t>(desired, 1));
  if (most > 0 && nodes > most)
    throw Error(ErrorKind::kUsage, fmt::format("a fleet of this stack has at most {}, not {}", nodes_text(most), nodes),
                "raise llm.max of the settings and deploy, or pass fewer --nodes");
  return nodes;
}

/// Those of the service, too: what users notice of a bad model is there.
std::vector<std::string> alarms_of_both(Fleet& fleet) {
  aws::CloudFormation& cloudformation = fleet.session.access.cloudformation;
  std::vector<std::string> names;
  for (const std::string& stack : {fleet.stack.name, fleet.session.target.service_name()}) {
    if (stack != fleet.stack.name && !cloudformation.describe_stack(stack)) continue;
    for (const auto& one : deploy::all_resources(cloudformation, stack))
      if (one.type == "AWS::CloudWatch::Alarm" && !one.physical_id.empty()) names.push_back(one.physical_id);
  }
  return names;
}

}  // namespace

std::map<std::string, std::string> Rollout::plan(const RolloutRequest& request) const {
  const aws::Stack& stack = fleet_.stack;
  if (!stack.parameters.contains("RolloutModel"))
    throw Error(ErrorKind::kUsage,
                fmt::format("the template of '{}' knows no rollouts: it is older than this command", stack.name),
                "bring it up to date with: wsdeep deploy --fleet");
  std::map<std::string, std::string> wanted;
  for (const Pair& pair : kPairs) wanted[pair.second] = parameter_of(stack, pair.first);
  const std::string old_model = wanted["RolloutModel"], old_image = wanted["RolloutImage"];
  if (!request.model.empty()) wanted["RolloutModel"] = request.model;
  if (!request.image.empty()) wanted["RolloutImage"] = request.image;
  check_other_rollout(state(), wanted);
  if (wanted["RolloutModel"] == old_model && wanted["RolloutImage"] == old_image && request.model_source.empty())
    throw Error(ErrorKind::kUsage, fmt::format("{} by {} is what the fleet serves", old_model, old_image));
  check_image(old_image, wanted["RolloutImage"]);
  check_source(request, old_model, wanted);
  const std::int64_t desired =
      parse_integer(fleet_.require_group(fleet_.main().group).desired, 0, kMostCounted).value_or(1);
  wanted["RolloutNodes"] = std::to_string(node_count_of(request, stack, desired));
  return wanted;
}

void Rollout::begin(const std::map<std::string, std::string>& parameters, const RolloutPace& pace) {
  if (!state().is_under_way()) {
    auto wanted = parameters;
    wanted.merge(weights(0));
    update_parameters(fleet_, wanted, pace.poll, Newer::kRefused);
  }
  wait_until_served(state().model);
}

void Rollout::wait_until_served(const std::string& what) {
  const auto headline = [&](const Snapshot& now) {
    const std::string summary = now.rollout_group ? summary_of(*now.rollout_group) : "no group yet";
    return fmt::format("waiting for {}: {}", what, summary);
  };
  watch_.until(headline, [&](const Snapshot& now) {
    return now.rollout_group && static_cast<std::int64_t>(now.rollout_group->serving()) >= now.rollout.nodes;
  });
}

void Rollout::set_weight(std::int64_t weight, const RolloutPace& pace) {
  // The way back is open whatever else comes with it.
  const bool is_back = weight < state().weight;
  update_parameters(fleet_, weights(weight), pace.poll, is_back ? Newer::kTold : Newer::kRefused);
}

void Rollout::move(const RolloutPace& pace) {
  // What begins to ring while CloudFormation still moves the traffic counts, too.
  const std::vector<std::string> before = ringing();
  for (const std::int64_t step : pace.steps) {
    if (step <= state().weight) continue;
    say(fleet_.console(), fmt::format("{} gets {} % of the traffic", state().model, step));
    set_weight(step, pace);
    const std::string fault = fault_within(pace, before);
    if (fault.empty()) continue;
    say(fleet_.console(), fmt::format("{}: all traffic goes back", fault));
    set_weight(0, pace);
    throw Error(
        ErrorKind::kFailure, fmt::format("the rollout of {} was stopped at {} %: {}", state().model, step, fault),
        "its nodes are still there, without traffic: see them with wsdeep fleet status, remove them with wsdeep "
        "fleet rollout --back");
  }
}

std::string Rollout::fault_within(const RolloutPace& pace, const std::vector<std::string>& before) {
  const SteadyTime end = fleet_.clock().steady_now() + pace.hold;
  std::string fault;
  const auto headline = [&](const Snapshot& now) {
    const auto left = std::max(SteadyTime::duration{}, end - fleet_.clock().steady_now());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return fmt::format("{} at {} %, to be held for {} more", now.rollout.model, now.rollout.weight,
                       age_text(now.at - seconds, now.at));
  };
  watch_.until(headline, [&](const Snapshot& now) {
    const std::size_t serving = now.rollout_group ? now.rollout_group->serving() : 0;
    if (static_cast<std::int64_t>(serving) < now.rollout.nodes)
      fault = fmt::format("{} of {} serve {}", serving, nodes_text(now.rollout.nodes), now.rollout.model);
    for (const std::string& alarm : ringing())
      if (std::find(before.begin(), before.end(), alarm) == before.end())
        fault = fmt::format("the alarm {} rings", alarm);
    return !fault.empty() || fleet_.clock().steady_now() >= end;
  });
  return fault;
}

std::vector<std::string> Rollout::ringing() {
  if (!alarm_names_) alarm_names_ = alarms_of_both(fleet_);
  std::vector<std::string> ringing;
  for (std::size_t begin = 0; begin < alarm_names_->size(); begin += kAlarmsAtOnce) {
    const auto first = alarm_names_->begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kAlarmsAtOnce, alarm_names_->size() - begin));
    for (const aws::Alarm& alarm : fleet_.cloudwatch.describe_alarms({first, first + count}))
      if (alarm.state == "ALARM") ringing.push_back(alarm.name);
  }
  return ringing;
}

void Rollout::back(const RolloutPace& pace) {
  auto wanted = weights(0);
  for (const Pair& pair : kPairs) wanted[pair.second] = "";
  wanted["RolloutNodes"] = "0";
  update_parameters(fleet_, wanted, pace.poll, Newer::kTold);
}

void Rollout::check_finish() const {
  const RolloutState now = state();
  if (now.weight != 100)
    throw Error(ErrorKind::kUsage, fmt::format("{} has {} % of the traffic, not all of it", now.model, now.weight),
                "move the rest first with: wsdeep fleet rollout");
  const auto& settings = fleet_.session.target.settings;
  if (!settings) return;
  for (const stack::Parameter& one : stack::parameter_values(*settings, stack::Part::kFleet))
    for (const Pair& pair : kPairs)
      if (one.key == pair.first && one.value != parameter_of(fleet_.stack, pair.second))
        throw Error(ErrorKind::kUsage,
                    fmt::format("the settings make {} '{}', the rollout '{}': the next deployment would go back to "
                                "the settings'",
                                one.key, one.value, parameter_of(fleet_.stack, pair.second)),
                    "write llm.model, llm.image and llm.model_source of the new model into the settings first");
}

/// CloudFormation has replaced them itself, but for a group with a warm pool, from which it would take the old ones.
void Rollout::replace_outdated() {
  const Group group = watch_.look().main;
  if (group.nodes.empty()) return;
  const std::string id = fleet_.autoscaling.start_refresh(refresh_request(group, {{}, {}, true, false}));
  RefreshFollower(fleet_, group.name, id).follow(watch_, "Successful");
}

void Rollout::finish(const RolloutPace& pace) {
  std::map<std::string, std::string> wanted;
  for (const Pair& pair : kPairs) wanted[pair.first] = parameter_of(fleet_.stack, pair.second);
  say(fleet_.console(), fmt::format("{}: the old nodes are replaced, while the new ones serve", state().model));
  update_parameters(fleet_, wanted, pace.poll, Newer::kTold);
  replace_outdated();
  say(fleet_.console(), "the traffic returns to the first group, and the second goes");
  back(pace);
}

}  // namespace wsdeep::fleet
