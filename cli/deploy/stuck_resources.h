#pragma once

#include <string>
#include <vector>

#include "deploy/stack_session.h"

/// The resources at which an operation has failed for good, and which CloudFormation lets somebody leave out of it: of
/// a rollback (UPDATE_ROLLBACK_FAILED) as they are, of a deletion (DELETE_FAILED) outside of the stack.
namespace wsdeep::deploy {

struct StuckResource {
  std::string path;  ///< `Network/Vpc` inside a nested stack
  std::string id;    ///< as CloudFormation takes it: `Logs`, of a nested stack `chat-dev-Network-1A2B.Vpc`
  std::string type;
  std::string reason;
};

/// Those that a rollback may skip. One that was only cancelled, because another had failed, is none of them.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
std::vector<StuckResource> stuck_in_rollback(StackSession& session, const aws::Stack& stack);
/// Those that a deletion may retain: of a nested stack that does not go, the stack as a whole.
std::vector<StuckResource> stuck_in_deletion(StackSession& session, const aws::Stack& stack);
/// The paths of those that failed last with `status`, as the events of an operation tell, oldest first.
std::vector<std::string> stuck_by_events(const std::vector<aws::StackEvent>& events, const std::string& status);

/// One line each.
void say_stuck(const std::vector<StuckResource>& stuck, const Console& console);
/// What `words`, paths or ids, name of them, as CloudFormation takes it. Throws Error{kUsage}, which says what `option`
/// may name, for one that is not among them.
std::vector<std::string> choose_stuck(const std::vector<StuckResource>& stuck, const std::vector<std::string>& words,
                                      const std::string& option, const aws::Stack& stack);

}  // namespace wsdeep::deploy
