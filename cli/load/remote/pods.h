#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/shard/place.h"

namespace wsdeep::load {

/// What `kubectl get pods -o json` says of a Job's workers, by number; nothing for one that has no pod. A pod that runs
/// is kWaiting: what its worker does is not known to Kubernetes. Throws Error{kFailure} for what is no list of pods.
std::vector<std::optional<WorkerStanding>> pod_standings(std::string_view list, int workers);

/// `DeadlineExceeded: Job was active longer than specified deadline` of a Job that has failed; empty for any other.
std::string job_failure(std::string_view job);

}  // namespace wsdeep::load
