#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "deploy/stack_session.h"

/// The way of a stack to its end: settle, what_is_deleted, delete_stack, delete_bucket.
namespace wsdeep::deploy {

struct DeletionOptions {
  std::string role_arn;
  std::chrono::milliseconds poll{2000};
  std::vector<std::string> retain;  ///< what stays outside of a stack whose deletion has failed, by id
};

/// What a deletion does to the resources of a stack and of those nested in it.
struct Deletion {
  std::vector<aws::ResourceChange> going;
  std::vector<aws::StackResource> staying;   ///< DeletionPolicy: Retain
  std::vector<aws::StackResource> retained;  ///< as DeletionOptions::retain says
};

/// Follows what is in progress to its end, but for a deletion, and returns the stack as it is then: CloudFormation
/// deletes none that it works at, and what it holds is known only afterwards.
aws::Stack settle(StackSession& session, aws::Stack stack, std::chrono::milliseconds poll);
/// Throws Error{kUsage} for a resource of `options.retain` that CloudFormation would not retain.
Deletion what_is_deleted(StackSession& session, const aws::Stack& stack, const DeletionOptions& options);
/// Turns termination protection off, takes out who is registered in the services of Cloud Map that are `named`,
/// deletes, and follows that to its end; a deletion that runs is not asked for again.
void delete_stack(StackSession& session, const aws::Stack& stack, const DeletionOptions& options,
                  const std::vector<std::string>& named);
/// The bucket of a deployment's packages, which nobody needs any more when both of its stacks are gone.
void delete_bucket(StackSession& session);

}  // namespace wsdeep::deploy
