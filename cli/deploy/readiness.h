#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "deploy/follow.h"
#include "deploy/plan.h"
#include "deploy/target.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::deploy {

struct StepOptions {
  bool yes = false;
  bool no_execute = false;
  bool disable_rollback = false;
  bool rollback_first = false;
  bool detach = false;
  bool termination_protection = false;
  std::chrono::milliseconds poll{2000};
};

enum class StepResult { kDeployed, kNoChanges, kLeft };

/// Throws kRefused for a stack that a deployment would have to delete first and may not: one that still holds
/// resources, which are listed, and under --yes one of production.
void refuse_deletion(const StackTarget& target, const aws::Stack& stack, bool yes, StackAccess& access,
                     const Console& console);

/// The way of a stack from whatever state it is in to the one that the plan wants. Each step can be interrupted, and a
/// later run goes on where this one stopped: the change set's name tells that it is the same deployment.
class DeploymentSteps {
 public:
  DeploymentSteps(const StackTarget& target, const Plan& plan, const StepOptions& options, StackAccess& access,
                  const Interrupts& interrupts, Context& context);

  /// Brings the stack into a state that takes a change set, asking before anything is deleted; follows what is in
  /// progress. kDeployed: that was this very deployment, begun by an earlier run. Throws when the answer is no.
  std::optional<StepResult> make_ready();
  /// Change set, what it changes, question, execution; `template_url` empty: the template goes with the request.
  StepResult deploy(const std::string& template_url);

 private:
  std::optional<aws::Stack> look();
  void ask_or_leave(const std::string& question) const;
  void continue_rollback();
  bool goes_on_from_failed() const;
  bool take_up_failed();
  void roll_back_failed();
  void warn_of_replacements(const aws::ChangeSet& change_set) const;
  void delete_dead();
  void clear_review();
  bool follow_running();
  void protect();
  void protect_new();

  aws::ChangeSet change_set(const std::string& template_url);
  std::optional<aws::ChangeSet> earlier_change_set();
  void create_change_set(const std::string& template_url);
  aws::ChangeSet wait_for_change_set();
  bool is_new() const;
  void complete(aws::ChangeSet& change_set);
  void show(const aws::ChangeSet& change_set);
  std::string question_about(const aws::ChangeSet& change_set) const;
  StepResult execute(const aws::ChangeSet& change_set);
  FollowResult follow_to_end(const std::string& after_event);
  void require_success(const FollowResult& result, const std::string& what);
  void remove_failed(const aws::ChangeSet& change_set);
  std::string again() const;

  const StackTarget& target_;
  const Plan& plan_;
  StepOptions options_;
  StackAccess& access_;
  const Interrupts& interrupts_;
  Context& context_;
  std::string name_;
  std::optional<aws::Stack> stack_;
};

struct NamedTemplate {
  std::string text;  ///< empty: not known
  std::string name;
};

/// Prints why an operation failed, root cause first, to stderr. Asks for the templates of nested stacks that it needs.
void explain_failure(const FollowResult& result, const NamedTemplate& of_stack, aws::CloudFormation& cloudformation,
                     const Console& console);

}  // namespace wsdeep::deploy
