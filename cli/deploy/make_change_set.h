#pragma once

#include <string>

#include "base/error.h"
#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// A change set that was being made has gone: CloudFormation drops all that a stack has when one of them is executed.
class ChangeSetGone : public Error {
 public:
  explicit ChangeSetGone(const std::string& name);
};

/// The change set of the deployment: one that an earlier run with the same inputs has left, else a new one. It may have
/// failed, which has_no_changes and can_be_executed tell. `template_url` empty: the template goes with the request.
aws::ChangeSet make_change_set(const Deployment& deployment, const std::string& template_url);
/// The change set of that name, once it is made or has failed. Throws ChangeSetGone.
aws::ChangeSet wait_for_change_set(const Deployment& deployment, const std::string& name);
bool can_be_executed(const aws::ChangeSet& change_set);

/// Not every change set says what changes within a resource, and none what changes within nested stacks; the templates
/// and the change sets of those do.
void complete(aws::ChangeSet& change_set, const Deployment& deployment);

/// A change set that failed is of no use, and keeps the next run from its name.
void remove_failed(const aws::ChangeSet& change_set, const Deployment& deployment);

}  // namespace wsdeep::deploy
