#pragma once

#include <chrono>
#include <map>
#include <string>

#include "fleet/fleet.h"

namespace wsdeep::fleet {

/// Every update of a stack takes the newest values of the parameters that Systems Manager resolves: a newer image of
/// the nodes would replace all of them by the way. Whether that is refused, with Error{kRefused}, or told.
enum class Newer { kRefused, kTold };

/// Changes parameters of the stack and nothing else: its template stays, and so do its other parameters. Follows
/// whatever operation runs, then its own, to the end; the fleet's stack is read anew. Does nothing where they have
/// these values already. Throws Error{kUsage} for a stack whose template lacks one of them, Error{kFailure} for an
/// update that failed, after telling why; CloudFormation has then put everything back.
void update_parameters(Fleet& fleet, const std::map<std::string, std::string>& wanted, std::chrono::milliseconds poll,
                       Newer newer);

}  // namespace wsdeep::fleet
