#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudformation.h"
#include "stack/settings/parameters.h"

/// What the status of a stack allows, and what has to happen before a change set can be made.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
namespace wsdeep::deploy {

enum class Situation {
  kAbsent,         ///< never made, or deleted: a change set creates it
  kReady,          ///< a change set updates it
  kInProgress,     ///< somebody's operation runs: it is followed, not fought
  kNeverCreated,   ///< REVIEW_IN_PROGRESS: there is a change set, and nothing else
  kDead,           ///< ROLLBACK_COMPLETE: its creation failed and was undone; it can only be deleted
  kHalfGone,       ///< DELETE_FAILED, ROLLBACK_FAILED: it can only be deleted too, but still holds what may be in use
  kRollbackStuck,  ///< UPDATE_ROLLBACK_FAILED: the rollback has to be continued first
  kFailedKept  ///< CREATE_FAILED, UPDATE_FAILED: --disable-rollback kept what was made; updated without rollback only
};

/// `status` empty: there is no such stack.
Situation situation_of(std::string_view status);
bool is_in_progress(std::string_view status);
/// The end of an operation that did what was asked: CREATE_COMPLETE, UPDATE_COMPLETE, DELETE_COMPLETE, IMPORT_COMPLETE.
bool is_success(std::string_view status);

/// Everything that decides what a change set does.
struct DeploymentInputs {
  std::string template_text;
  std::vector<stack::Parameter> parameters;
  std::map<std::string, std::string> tags;
  std::string role_arn;
};

/// `wsdeep-` and 16 hexadecimal digits that the inputs decide: a run that was interrupted finds its change set, or its
/// deployment, again by the name.
std::string change_set_name(const DeploymentInputs& inputs);
/// The name in a stack's or a change set's ARN, `arn:aws:cloudformation:…:changeSet/NAME/UUID`; the whole text when it
/// is none.
std::string name_in_arn(const std::string& arn);

/// True for the failed change set that CloudFormation makes when there is nothing to change.
bool has_no_changes(const aws::ChangeSet& change_set);

/// The bucket of a stack's packages, its own so that it can go with the stack:
/// `wsdeep-chat-dev-123456789012-us-east-1`. A name that no bucket may have is cut and gets a hash.
std::string artifact_bucket(const std::string& stack, std::string_view account, std::string_view region);

}  // namespace wsdeep::deploy
