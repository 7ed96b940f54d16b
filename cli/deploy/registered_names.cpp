#include "deploy/registered_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/service_discovery.h"
#include "base/error.h"
#include "deploy/change_set.h"

namespace wsdeep::deploy {
namespace {

constexpr std::chrono::milliseconds kLongestTakingOut{30'000};
/// Cloud Map is done in moments, however seldom CloudFormation is to be asked.
constexpr std::chrono::milliseconds kLongestPause{2'000};

/// How many are registered yet, each of which is asked to go.
std::size_t ask_to_go(aws::ServiceDiscovery& names, const std::string& service) {
  try {
    const std::vector<std::string> instances = names.instances(service);
    for (const std::string& one : instances) names.deregister(service, one);
    return instances.size();
  } catch (const aws::ServiceError& error) {
    if (!aws::is_missing_service(error)) throw;
    return 0;  // it is deleted already
  }
}

/// False when some are left after all that time. `any` becomes true when somebody was asked to go.
bool empty_service(aws::ServiceDiscovery& names, const std::string& service, StackSession& session,
                   std::chrono::milliseconds poll, bool& any) {
  const std::chrono::milliseconds pause = std::clamp(poll, std::chrono::milliseconds(1), kLongestPause);
  for (std::chrono::milliseconds waited{0}; ask_to_go(names, service) > 0; waited += pause) {
    any = true;
    if (waited >= kLongestTakingOut) return false;
    if (session.interrupts.wait(pause)) throw Error(ErrorKind::kInterrupted, "interrupted");
  }
  return true;
}

}  // namespace

std::vector<std::string> services_that_go(const std::vector<aws::ResourceChange>& changes) {
  std::vector<std::string> found;
  for (const aws::ResourceChange& change : changes) {
    const Fate fate = fate_of(change);
    if (change.type == "AWS::ServiceDiscovery::Service" && !change.physical_id.empty() &&
        (fate == Fate::kRemove || fate == Fate::kReplace) && !is_kept(change))
      found.push_back(change.physical_id);
  }
  return found;
}

TakenOut take_names_out(StackSession& session, const std::vector<std::string>& services,
                        std::chrono::milliseconds poll) {
  if (services.empty()) return {};
  aws::ServiceDiscovery names(session.access.http, session.client_options("SERVICEDISCOVERY", "servicediscovery"),
                              session.access.credentials, session.context.clock);
  TakenOut out;
  std::string cause;
  for (const std::string& service : services) {
    try {
      if (!empty_service(names, service, session, poll, out.any))
        cause = fmt::format("{} holds instances still", service);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted || session.interrupts.requested()) throw;
      cause = error.what();
    }
  }
  if (cause.empty()) return out;
  out.warning = fmt::format(
      "warning: what has a name in Cloud Map keeps it: {}; a service that holds an instance cannot be deleted, unless "
      "the instance gives its name back when it ends",
      cause);
  return out;
}

}  // namespace wsdeep::deploy
