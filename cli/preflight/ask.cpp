#include "preflight/ask.h"

namespace wsdeep::preflight {

Trouble trouble_of(const std::string& action, const Error& error) {
  if (const auto* refused = dynamic_cast<const aws::ServiceError*>(&error)) {
    const std::string& words = refused->detail().empty() ? refused->code() : refused->detail();
    return {action, refused->kind() == ErrorKind::kRefused, refused->kind() == ErrorKind::kNotFound, words};
  }
  const auto* broken = dynamic_cast<const net::TransportError*>(&error);
  if (broken != nullptr && broken->fault() == net::TransportFault::kCancelled)
    return {action, false, false, "no answer came in time"};
  return {action, false, false, error.what()};
}

}  // namespace wsdeep::preflight
