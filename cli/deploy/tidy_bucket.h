#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/s3.h"
#include "base/clock.h"
#include "deploy/deployment.h"

/// The bucket of a stack's packages grows with each deployment. What nobody needs any more is removed, by wsdeep itself
/// and by nothing else: a lifecycle rule goes by age, and the oldest package may be the one that a rollback, or a node
/// that starts tonight, asks for.
namespace wsdeep::deploy {

/// Those versions of our packages, templates and pages that may go: of objects whose key does not stand in `in_use`,
/// which are older than a day (somebody may be about to deploy them), and are not among the newest ten of their kind.
/// The files of a page, `web/HASH/…`, go together; of them it is `web/HASH` that stands there. What wsdeep has not put
/// there itself is never among them.
std::vector<aws::ObjectVersion> unneeded(const std::vector<aws::ObjectVersion>& versions, const std::string& in_use,
                                         SystemTime now);

/// Where the keys in use stand, of both stacks as they are now, which share a bucket: templates, and values of
/// parameters. Empty where the bucket is not ours, or nothing of the plan is in it.
std::string names_in_use(const Deployment& deployment);
/// Removes what neither the deployment nor `before`, what names_in_use said before it, needs. That it cannot is only
/// told: the stack is deployed.
void tidy_bucket(const Deployment& deployment, const std::string& before);

}  // namespace wsdeep::deploy
