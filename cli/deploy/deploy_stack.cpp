#include "deploy/deploy_stack.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "deploy/change_stack.h"
#include "deploy/import_kept.h"
#include "deploy/protection.h"
#include "deploy/readiness.h"
#include "deploy/tidy_bucket.h"
#include "deploy/upload.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMostRounds = 5;

}  // namespace

StepResult deploy_stack(Deployment& deployment) {
  wanted_policy(deployment.target(), deployment.session.context.files);  // one that is none ends it before it begins
  for (int round = 0; round < kMostRounds; ++round) {
    if (const auto done = make_ready(deployment)) return *done;
    if (std::exchange(deployment.options.import_kept, false))
      import_kept(deployment);
    else
      hint_at_kept(deployment);
    upload(deployment.plan, deployment.session);
    const StepResult result = change_stack(deployment, place_template(deployment.plan, deployment.session));
    // One that was there has it since before its update.
    if (result == StepResult::kDeployed || result == StepResult::kNoChanges) set_policy(deployment);
    if (result == StepResult::kDeployed) tidy_bucket(deployment, deployment.in_use_before);
    if (result != StepResult::kOvertaken) return result;
  }
  throw Error(ErrorKind::kFailure,
              fmt::format("'{}' was changed by somebody else {} times while this deployment was being made",
                          deployment.target().name, kMostRounds),
              "nothing of yours was deployed: run wsdeep deploy again when it is quiet");
}

}  // namespace wsdeep::deploy
