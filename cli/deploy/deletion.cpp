#include "deploy/deletion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "deploy/explain_failure.h"
#include "deploy/follow.h"
#include "deploy/operation_owner.h"
#include "deploy/registered_names.h"
#include "deploy/resources.h"
#include "deploy/stack_state.h"
#include "deploy/stuck_resources.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

bool is_being_deleted(const aws::Stack& stack) {
  return stack.status == "DELETE_IN_PROGRESS";
}

/// Of the stack and of those nested in it, by path.
std::set<std::string> retained_in(const std::string& stack, const std::vector<aws::StackResource>& resources,
                                  aws::CloudFormation& cloudformation) {
  std::set<std::string> retained = stack::retained_resources(cloudformation.get_template(stack));
  for (const aws::StackResource& nested : resources) {
    if (!is_nested_stack(nested)) continue;
    for (const std::string& id : stack::retained_resources(cloudformation.get_template(nested.physical_id)))
      retained.insert(nested.logical_id + "/" + id);
  }
  return retained;
}

/// CloudFormation retains by name only what has already failed to go.
void check_retained(StackSession& session, const aws::Stack& stack, const std::vector<std::string>& retain) {
  if (retain.empty()) return;
  if (stack.status != "DELETE_FAILED")
    throw Error(ErrorKind::kUsage,
                fmt::format("--retain-resource {}: '{}' is in {}, and only a deletion that has failed (DELETE_FAILED) "
                            "can retain what it failed at",
                            retain.front(), stack.name, stack.status),
                "run wsdeep destroy without it first; what is to outlive the stack in any case has DeletionPolicy: "
                "Retain in the template");
  const std::vector<StuckResource> stuck = stuck_in_deletion(session, stack);
  choose_stuck(stuck, retain, "--retain-resource", stack);
}

/// One of `ids`, or in a nested stack that is.
bool is_within(const std::string& path, const std::vector<std::string>& ids) {
  const std::string top = path.substr(0, path.find('/'));
  return std::find(ids.begin(), ids.end(), top) != ids.end();
}

aws::ResourceChange removal_of(const aws::StackResource& resource) {
  aws::ResourceChange change;
  change.action = "Remove";
  change.logical_id = resource.logical_id;
  change.physical_id = resource.physical_id;
  change.type = resource.type;
  return change;
}

/// The ids at the top of the stack: of what is nested CloudFormation retains only the whole.
std::string way_on_from_failed(const FollowResult& result) {
  std::vector<std::string> ids;
  for (const std::string& path : stuck_by_events(result.events, "DELETE_FAILED")) {
    std::string top = path.substr(0, path.find('/'));
    if (std::find(ids.begin(), ids.end(), top) == ids.end()) ids.push_back(std::move(top));
  }
  std::string way = "correct the cause and run wsdeep destroy again";
  if (ids.empty() || result.status != "DELETE_FAILED") return way;
  return way + fmt::format(", or leave in the account what does not go: wsdeep destroy --retain-resource {}",
                           join(ids, " --retain-resource "));
}

FollowResult follow_deletion(StackSession& session, const aws::Stack& stack, const std::string& after_event,
                             std::chrono::milliseconds poll) {
  try {
    return follow(session, {stack.id, session.target.name, after_event, poll});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: the deletion goes on", "run wsdeep destroy again to follow it");
  }
}

/// Whether somebody has lost a name.
bool empty_services(StackSession& session, const std::vector<std::string>& named, std::chrono::milliseconds poll) {
  const TakenOut out = take_names_out(session, named, poll);
  if (!out.warning.empty()) session.context.console.err(out.warning + "\n");
  return out.any;
}

void ask_for_deletion(StackSession& session, const aws::Stack& stack, const DeletionOptions& options,
                      bool has_lost_names) {
  try {
    session.access.cloudformation.delete_stack(stack.id, options.role_arn, options.retain);
  } catch (const Error& error) {
    if (!has_lost_names) throw;
    throw Error(error.kind(),
                fmt::format("{}; what was registered in Cloud Map has been taken out, such as the lab's name: restart "
                            "wsdeep-lab on its instance to give it back",
                            error.what()),
                error.hint());
  }
}

}  // namespace

aws::Stack settle(StackSession& session, aws::Stack stack, std::chrono::milliseconds poll) {
  const Console& console = session.context.console;
  const std::string& name = session.target.name;
  if (!is_in_progress(stack.status)) return stack;
  if (is_being_deleted(stack)) {
    say(console, fmt::format("{} is being deleted already: that is followed", name));
    return stack;
  }
  const std::string owner = owner_of_running(session, stack);
  say(console, fmt::format("{} is {}{}: following that operation before anything is deleted", name, stack.status,
                           owner.empty() ? "" : ", begun by " + owner));
  follow(session, {stack.id, name, {}, poll});
  return session.require_stack("");
}

Deletion what_is_deleted(StackSession& session, const aws::Stack& stack, const DeletionOptions& options) {
  aws::CloudFormation& cloudformation = session.access.cloudformation;
  check_retained(session, stack, options.retain);
  const auto resources = all_resources(cloudformation, stack.name);
  // A stack that was never created has no template either.
  const std::set<std::string> kept =
      resources.empty() ? std::set<std::string>{} : retained_in(stack.name, resources, cloudformation);
  Deletion deletion;
  for (const aws::StackResource& resource : resources) {
    if (is_within(resource.logical_id, options.retain))
      deletion.retained.push_back(resource);
    else if (kept.contains(resource.logical_id))
      deletion.staying.push_back(resource);
    else
      deletion.going.push_back(removal_of(resource));
  }
  return deletion;
}

void delete_stack(StackSession& session, const aws::Stack& stack, const DeletionOptions& options,
                  const std::vector<std::string>& named) {
  aws::CloudFormation& cloudformation = session.access.cloudformation;
  if (stack.termination_protection) cloudformation.set_termination_protection(session.target.name, false);
  std::string before;
  if (!is_being_deleted(stack)) {
    before = cloudformation.newest_event(stack.id);
    cloudformation.sign_as(signature_of(session.access.sts.get_caller_identity()));
  }
  // As late as can be: a stack that stays needs its names.
  const bool has_lost_names = empty_services(session, named, options.poll);
  if (!is_being_deleted(stack)) ask_for_deletion(session, stack, options, has_lost_names);
  const FollowResult result = follow_deletion(session, stack, before, options.poll);
  if (result.status == "DELETE_COMPLETE") return;
  explain_failure(session, result);
  throw Error(ErrorKind::kFailure, fmt::format("'{}' was not deleted: it is in {}", session.target.name, result.status),
              way_on_from_failed(result));
}

void delete_bucket(StackSession& session) {
  aws::S3& s3 = session.access.s3;
  const std::string account = session.access.sts.get_caller_identity().account;
  const std::string bucket = artifact_bucket(session.target.service_name(), account, session.target.region);
  if (!s3.bucket_exists(bucket, account)) return;
  std::size_t count = 0;
  for (auto versions = s3.list_versions(bucket); !versions.empty(); versions = s3.list_versions(bucket)) {
    s3.delete_versions(bucket, versions);
    count += versions.size();
  }
  s3.delete_bucket(bucket);
  session.context.console.err(fmt::format("bucket {} was emptied ({} objects) and deleted\n", bucket, count));
}

}  // namespace wsdeep::deploy
