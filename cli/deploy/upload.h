#pragma once

#include <string>
#include <vector>

#include "deploy/plan.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

/// Those of the plan's artefacts that the bucket does not hold; all when there is no bucket.
std::vector<Artifact> missing_artifacts(aws::S3& s3, const Plan& plan);

/// Makes the bucket when it is missing; ours is private, encrypted and versioned, or is made so. Then uploads what it
/// does not hold, several files at once, and shows how far it is. Throws Error{kInterrupted} when interrupted; whole
/// files stay.
void upload(const Plan& plan, StackSession& session);

/// Where CloudFormation gets the plan's template: empty when it goes within the request, else its address in the
/// bucket, which is made when it is missing.
std::string place_template(const Plan& plan, StackSession& session);
/// Puts a template into a bucket that is there, unless it holds it; its address for CloudFormation.
std::string store_template(const std::string& text, const std::string& bucket, aws::S3& s3);

}  // namespace wsdeep::deploy
