#include "node/instance_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/sleep.h"
#include "wire/node_stage.h"

namespace wsdeep::node {
namespace {

constexpr std::chrono::seconds kPeriod{5};
/// What EC2 gives a Spot instance, where its notice cannot be read.
constexpr std::chrono::minutes kSpotNotice{2};
/// For the clients to hear the ends of their answers before the machine is gone.
constexpr std::chrono::seconds kBeforeItIsGone{5};

}  // namespace

InstanceWatch::InstanceWatch(llm::Node& node, const Env& env, const Clock& clock) : node_(node), clock_(clock) {
  if (aws::instance_metadata_is_disabled(env))
    throw Error(ErrorKind::kUsage,
                "--watch-instance asks the instance metadata service, and AWS_EC2_METADATA_DISABLED is true");
  thread_ = std::jthread([this, env](const std::stop_token& stop) { watch(stop, env); });
}

void InstanceWatch::watch(const std::stop_token& stop, const Env& env) {
  net::HttpClient http;
  aws::InstanceMetadata metadata(http, env, stop);
  while (!stop.stop_requested()) {
    ask(metadata, stop);
    sleep_for(kPeriod, stop);
  }
}

void InstanceWatch::ask(aws::InstanceMetadata& metadata, const std::stop_token& stop) {
  try {
    const aws::InstanceNotices notices = read_instance_notices(metadata);
    tell_of("");
    act(notices);
  } catch (const std::exception& error) {
    if (!stop.stop_requested()) tell_of(error.what());
  }
}

void InstanceWatch::tell_of(const std::string& fault) {
  if (std::exchange(fault_, fault) == fault) return;
  if (fault.empty())
    log_info("the instance metadata service answers");
  else
    log_warn("the instance metadata service cannot be asked whether this instance goes", {{"cause", fault}});
}

/// Only what is new: a drain that has begun goes on by itself.
void InstanceWatch::act(const aws::InstanceNotices& notices) {
  const aws::InstanceNotices before = std::exchange(known_, notices);
  if (notices.spot && notices.spot != before.spot) leave_for_spot(*notices.spot);
  if (notices.rebalance && !before.rebalance) act_on_rebalance(notices.target_state);
  if (notices.target_state == before.target_state) return;
  if (notices.target_state == "Terminated" || notices.target_state == "Warmed:Terminated")
    leave("Auto Scaling terminates the instance");
  else if (notices.target_state == "Standby")
    node_.stand_aside("Auto Scaling puts the instance on standby");
  else if (before.target_state == "Standby")
    node_.come_back();
}

/// A group that rebalances makes another node first, and lets this one go when that one serves: whoever left now would
/// leave nobody. If there is no time for that, the Spot notice comes.
void InstanceWatch::act_on_rebalance(const std::string& target_state) {
  if (target_state.empty()) return leave("EC2 recommends to rebalance");
  log_info("EC2 recommends to rebalance: the node serves on, until Auto Scaling has another");
}

void InstanceWatch::leave(const std::string& cause, std::optional<std::chrono::milliseconds> left) {
  fmt::print("{}\n", wire::stage_line({"leaving", cause}));
  std::fflush(stdout);
  node_.leave(cause, left);
}

void InstanceWatch::leave_for_spot(const aws::SpotNotice& notice) {
  const SystemTime now = clock_.now();
  const SystemTime gone = notice.time.value_or(now + kSpotNotice) - kBeforeItIsGone;
  const auto left = std::chrono::floor<std::chrono::milliseconds>(gone - now);
  leave(fmt::format("EC2 will {} the Spot instance", notice.action), std::max(left, {}));
}

}  // namespace wsdeep::node
