#include "deploy/dry_run.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "base/text.h"
#include "deploy/import_kept.h"
#include "deploy/readiness.h"
#include "deploy/security_changes.h"
#include "deploy/stuck_resources.h"
#include "deploy/template_diff.h"
#include "deploy/unchangeable.h"
#include "deploy/upload.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

/// False when the deployment makes a stack that is not there, or is not there any more by then.
bool updates(Situation situation, std::string_view status) {
  return situation == Situation::kReady || situation == Situation::kRollbackStuck ||
         situation == Situation::kFailedKept || (situation == Situation::kInProgress && status != "DELETE_IN_PROGRESS");
}

/// The steps of make_ready, in words.
std::string what_would_be_done(Situation situation, const std::string& name, const std::string& status,
                               const StepOptions& options) {
  const char* then = updates(situation, status) ? "update" : "create";
  switch (situation) {
    case Situation::kInProgress:
      return fmt::format("would follow {}, now {}, to its end, and then {} it", name, status, then);
    case Situation::kRollbackStuck:
      return fmt::format("would continue the rollback of {}, now {}{}, and then update it", name, status,
                         options.skip.empty() ? "" : ", without " + join(options.skip, ", "));
    case Situation::kFailedKept:
      if (options.rollback_first)
        return fmt::format("would roll back {}, now {}, and then {} it", name, status,
                           status == "CREATE_FAILED" ? "create" : "update");
      return fmt::format("would update {}, now {}, with its rollback disabled again", name, status);
    case Situation::kDead:
    case Situation::kHalfGone:
      return fmt::format("would delete {}, now {}, and create it anew", name, status);
    case Situation::kNeverCreated:
      return fmt::format("would create {}, now {}, and remove its change sets of other inputs", name, status);
    case Situation::kAbsent:
      return fmt::format("would create {}", name);
    case Situation::kReady:
      break;
  }
  return fmt::format("would update {}, now {}", name, status);
}

/// All that the stack would get: a value that stays has no arrow. Secrets are hidden.
std::string parameters_text(const Plan& plan, const aws::Stack& stack, const ChangeStyle& style,
                            const Console& console) {
  auto values = diff_parameters(stack.parameters, plan.inputs.parameters, plan.hidden, true);
  for (const std::string& key : plan.keep) {
    aws::PropertyChange kept;
    kept.path = key;
    kept.attribute = kUnchanged;
    kept.after = stack.parameters.contains(key) ? "(stays as it is)" : "(has no value yet)";
    values.push_back(std::move(kept));
  }
  for (const auto& [key, value] : stack.resolved)
    console.err(fmt::format("{} is read from Systems Manager anew by then; it was {}\n", key, strip_control(value)));
  return values.empty() ? "" : "parameters\n" + render_properties(values, style);
}

}  // namespace

void dry_run(const Plan& plan, const StepOptions& options, StackSession& session) {
  const Console& console = session.context.console;
  StackAccess& access = session.access;
  const auto missing = missing_artifacts(access.s3, plan);
  console.err(fmt::format("would upload {} of {} files to {}\n", missing.size(), plan.artifacts.size(), plan.bucket));
  const auto stack = access.cloudformation.describe_stack(session.target.name);
  if (stack) check_changeable(plan, *stack);
  const Situation situation = situation_of(stack ? stack->status : "");
  if (situation == Situation::kDead || situation == Situation::kHalfGone) refuse_deletion(session, *stack, options.yes);
  say(console, what_would_be_done(situation, session.target.name, stack ? stack->status : "", options));
  if (situation == Situation::kRollbackStuck) {
    const std::vector<StuckResource> stuck = stuck_in_rollback(session, *stack);
    say_stuck(stuck, console);
    choose_stuck(stuck, options.skip, "--skip-resource", *stack);
  }
  if (options.import_kept && situation == Situation::kAbsent) say_what_is_kept(session, plan);
  const bool exists = updates(situation, stack ? stack->status : "");
  const std::string deployed = exists ? access.cloudformation.get_template(session.target.name) : "Resources: {}";
  const auto diff = diff_templates(deployed, plan.inputs.template_text);
  const ChangeStyle style = options.aside ? err_style(console) : out_style(console);
  const std::string text = parameters_text(plan, exists ? *stack : aws::Stack{}, style, console) +
                           render_changes(diff.resources, style) +
                           render_security(security_changes(diff.resources), !exists, style);
  if (options.aside)
    console.err(text);
  else
    console.out(text);
  console.err(fmt::format("template: {}; nothing was written\n", summary_of(diff.resources)));
}

}  // namespace wsdeep::deploy
