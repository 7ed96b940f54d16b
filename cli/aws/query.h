#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "aws/xml.h"

namespace wsdeep::aws {

/// The parameters of a call of AWS's query protocol, in order: `Tags.member.1.Key`, `dev`.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

struct QueryAction {
  std::string name;
  std::string version;     ///< of the service's API, a date
  bool retry_safe = true;  ///< as in Client::Request
};

/// Calls an action and returns its `<ActionResult>`; the root itself, `<ActionResponse>`, when there is none. Throws
/// ServiceError, net::TransportError, and Error{kFailure} for an answer that is no XML, or somebody else's.
XmlNode query(Client& client, const QueryAction& action, const QueryParameters& parameters,
              const CallContext& context = {});

}  // namespace wsdeep::aws
