#include "deploy/drift.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "deploy/resources.h"

namespace wsdeep::deploy {
namespace {

constexpr std::chrono::milliseconds kDriftPoll{2000};

std::vector<aws::ResourceDrift> drift_of(const std::string& stack, const std::string& prefix, StackSession& session) {
  aws::CloudFormation& cloudformation = session.access.cloudformation;
  const std::string id = cloudformation.detect_drift(stack);
  aws::DriftDetection detection = cloudformation.drift_detection(id);
  while (detection.status == "DETECTION_IN_PROGRESS") {
    if (session.interrupts.wait(kDriftPoll))
      throw Error(ErrorKind::kInterrupted, "interrupted while drift was looked for");
    detection = cloudformation.drift_detection(id);
  }
  if (detection.status == "DETECTION_FAILED")
    session.context.console.err(
        fmt::format("drift is not known for everything: {}\n", strip_control(detection.reason)));
  auto drifts = cloudformation.resource_drifts(stack);
  for (aws::ResourceDrift& drift : drifts) drift.logical_id = prefix + drift.logical_id;
  return drifts;
}

}  // namespace

std::vector<aws::ResourceDrift> find_drift(StackSession& session) {
  auto drifts = drift_of(session.target.name, "", session);
  // A detection looks at no nested stack.
  for (const aws::StackResource& nested : all_resources(session.access.cloudformation, session.target.name))
    if (is_nested_stack(nested))
      for (aws::ResourceDrift& drift : drift_of(nested.physical_id, nested.logical_id + "/", session))
        drifts.push_back(std::move(drift));
  return drifts;
}

}  // namespace wsdeep::deploy
