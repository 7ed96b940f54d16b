#include "commands/loadtest/safety.h"

#include <algorithm>

#include "base/duration.h"
#include "load/plan/words.h"

namespace wsdeep::commands {

load::LoadCaps caps_of(const SafetyOptions& options) {
  load::LoadCaps caps;
  caps.rate = load::parse_rate(options.max_rate, "--max-rate");
  caps.sessions = options.max_sessions;
  caps.duration = parse_duration(options.max_duration, "--max-duration").count();
  return caps;
}

void add_safety_options(const Command& command, SafetyOptions& options) {
  const std::string group = "Safety";
  command
      .add_flag("--i-own-this-target", options.own_target,
                "load what is neither on loopback nor named by an environment's outputs")
      .group(group);
  command.add_option("--max-rate", options.max_rate, "cap of the rate").shows_default().group(group);
  command.add_option("--max-sessions", options.max_sessions, "cap of the conversations at a time")
      .shows_default()
      .group(group);
  command.add_option("--max-duration", options.max_duration, "cap of the duration").shows_default().group(group);
}

void require_own_targets(const SafetyOptions& options, const std::vector<std::string>& urls,
                         const std::vector<std::string>& known) {
  for (const std::string& url : urls) load::require_own_target(url, known, options.own_target);
}

double peak_rate(const load::Plan& plan) {
  if (!plan.shape.trace.empty()) return static_cast<double>(load::busiest_second(plan.schedule));
  double peak = 0;
  if (!plan.shape.concurrency)
    for (const load::Stage& stage : plan.schedule.stages) peak = std::max({peak, stage.rate_from, stage.rate_to});
  return peak;
}

void check_load(const SafetyOptions& options, const load::Plan& plan, std::uint64_t connections,
                std::uint64_t addresses, const Files& files) {
  load::RunSize size;
  size.rate = peak_rate(plan);
  size.sessions = std::max<std::uint64_t>(connections, static_cast<std::uint64_t>(plan.shape.concurrency.value_or(0)));
  size.addresses = addresses;
  size.turns = std::max<std::uint64_t>(plan.schedule.arrivals.size(), plan.shape.requests.value_or(0));
  size.duration = plan.schedule.length();
  load::check_caps(size, caps_of(options));
  // The machine has to bear its share.
  size.sessions = plan.share.of(connections);
  size.turns = plan.share.of(size.turns);
  load::make_room_for_descriptors(size.sessions);
  load::check_machine(size, files);
}

}  // namespace wsdeep::commands
