#include "deploy/registered_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/service_discovery.h"
#include "base/error.h"

namespace wsdeep::deploy {
namespace {

constexpr std::chrono::milliseconds kLongestTakingOut{30'000};

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

/// False when some are left after all that time.
bool empty_service(aws::ServiceDiscovery& names, const std::string& service, StackSession& session,
                   std::chrono::milliseconds poll) {
  const std::chrono::milliseconds pause = std::max(poll, std::chrono::milliseconds(1));
  for (std::chrono::milliseconds waited{0}; ask_to_go(names, service) > 0; waited += pause) {
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
        (fate == Fate::kRemove || fate == Fate::kReplace))
      found.push_back(change.physical_id);
  }
  return found;
}

std::string take_names_out(StackSession& session, const std::vector<std::string>& services,
                           std::chrono::milliseconds poll) {
  if (services.empty()) return {};
  aws::ServiceDiscovery names(session.access.http, session.client_options("SERVICEDISCOVERY", "servicediscovery"),
                              session.access.credentials, session.context.clock);
  std::string cause;
  for (const std::string& service : services) {
    try {
      if (!empty_service(names, service, session, poll)) cause = fmt::format("{} holds instances still", service);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted || session.interrupts.requested()) throw;
      cause = error.what();
    }
  }
  if (cause.empty()) return {};
  return fmt::format(
      "warning: what has a name in Cloud Map keeps it: {}; a service that holds an instance cannot be deleted, unless "
      "the instance gives its name back when it ends",
      cause);
}

}  // namespace wsdeep::deploy
