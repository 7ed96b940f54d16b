#include "preflight/preflight.h"

#include <fmt/format.h>

#include <algorithm>

#include "preflight/checks.h"
#include "preflight/report.h"

namespace wsdeep::preflight {

Findings inspect(const Asking& asking, const GatherOptions& options) {
  return check_all(gather(asking, options));
}

void require_deployable(deploy::StackSession& session, const std::vector<stack::Part>& parts) {
  if (!session.target.settings) return;
  session.require_account();
  const auto is_deployed = [&](stack::Part part) { return std::ranges::find(parts, part) != parts.end(); };
  Findings found = inspect(Asking::of(session), {.registries = false, .fleet = is_deployed(stack::Part::kFleet)});
  std::erase_if(found, [&](const Finding& one) {
    return !is_deployed(one.of_fleet ? stack::Part::kFleet : stack::Part::kService) && one.check != "account";
  });
  // The deployment itself asks about its bucket, which a flag may name.
  std::erase_if(found, [](const Finding& one) { return one.check == "bucket"; });
  const std::string& name = session.target.settings->name;
  if (const std::size_t errors = count_of(found, Severity::kError); errors > 0)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot deploy '{}': {} of its preflight fail{}\n{}", name, counted(errors, "check"),
                            errors == 1 ? "s" : "", error_lines(found)),
                "nothing was changed; see all checks with: wsdeep preflight -e " + name +
                    "; to deploy all the same: --no-preflight");
  if (const std::size_t warnings = count_of(found, Severity::kWarning); warnings > 0)
    session.context.console.err(
        fmt::format("preflight {}: see wsdeep preflight -e {}\n", counted(warnings, "warning"), name));
}

}  // namespace wsdeep::preflight
