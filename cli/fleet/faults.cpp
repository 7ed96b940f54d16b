#include "fleet/faults.h"

#include "aws/service_fault.h"
#include "base/printable.h"
#include "net/http_client.h"

namespace wsdeep::fleet {

std::string short_cause(const Error& error) {
  const bool refused = error.kind() == ErrorKind::kRefused && !error.hint().empty();
  return printable(refused ? error.hint() : error.what());
}

bool may_pass(const Error& error) {
  if (const auto* fault = dynamic_cast<const net::TransportError*>(&error))
    return fault->fault() != net::TransportFault::kTls;
  const auto* answer = dynamic_cast<const aws::ServiceError*>(&error);
  return answer != nullptr && aws::is_transient(*answer);
}

}  // namespace wsdeep::fleet
