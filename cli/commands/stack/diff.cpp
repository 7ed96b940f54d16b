#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack/plan_options.h"
#include "deploy/drift.h"
#include "deploy/nested_diff.h"
#include "deploy/plan.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"

namespace wsdeep::commands {
namespace {

struct DiffOptions {
  PlanFlags flags;
  bool drift = false;
  bool exit_code = false;
};

int run_diff(const DiffOptions& options, Context& context);

}  // namespace

void add_diff(const Command& app, Context& context) {
  auto options = std::make_shared<DiffOptions>();
  const Command command = app.add_subcommand("diff", "Compare template and parameters with what is deployed");
  add_plan_options(command, options->flags);
  command.add_flag("--drift", options->drift, "also ask CloudFormation what was changed outside of it");
  command.add_flag("--exit-code", options->exit_code, "exit 1 when something differs");
  command.runs([options, &context] { return run_diff(*options, context); });
}

namespace {

bool compare(const DiffOptions& options, bool both, deploy::StackSession& session);

int run_diff(const DiffOptions& options, Context& context) {
  deploy::StackSession first(resolve_stack(options.flags.stack, context), context);
  const std::vector<stack::Part> parts = options.flags.parts(first.target);
  return unless_interrupted(first.interrupts, "", [&] {
    bool differs = false;
    for (const stack::Part part : parts) {
      deploy::StackSession session = first.of(part);
      if (parts.size() > 1) context.console.out(fmt::format("{}\n", session.target.name));
      differs |= compare(options, parts.size() > 1, session);
    }
    return differs && options.exit_code ? exit_code(ErrorKind::kFailure) : 0;
  });
}

/// True when there is any.
bool show_drift(deploy::StackSession& session, const deploy::ChangeStyle& style) {
  const Console& console = session.context.console;
  const auto drifts = deploy::find_drift(session);
  console.out(fmt::format("drift: {}\n", drifts.empty() ? "none" : std::to_string(drifts.size()) + " resources"));
  for (const aws::ResourceDrift& drift : drifts)
    console.out(fmt::format("  ! {} {}  {}\n", drift.logical_id, drift.type, drift.status) +
                deploy::render_properties(drift.differences, style));
  return !drifts.empty();
}

void show_template(const deploy::TemplateDiff& diff, const deploy::ChangeStyle& style, const Console& console) {
  if (!diff.resources.empty())
    console.out(fmt::format("resources: {}\n", deploy::summary_of(diff.resources)) +
                deploy::render_changes(diff.resources, style) +
                deploy::render_security(deploy::security_changes(diff.resources), false, style));
  if (!diff.others.empty()) console.out("other sections\n" + deploy::render_properties(diff.others, style));
}

/// Whether something differs. Nodes that are not there yet do.
bool compare(const DiffOptions& options, bool both, deploy::StackSession& session) {
  const Console& console = session.context.console;
  deploy::PlanOptions planned = options.flags.plan;
  planned.both = both;
  const deploy::Plan plan = deploy::make_plan(planned, session);
  if (both && session.target.part == stack::Part::kFleet &&
      !session.find_stack()) {
    console.out(fmt::format("not deployed: {}\n", deploy::deploy_it(session.target)));
    return true;
  }
  const aws::Stack stack = session.require_stack();
  const auto parameters = deploy::diff_parameters(stack.parameters, plan.inputs.parameters, plan.hidden);
  const auto diff = deploy::diff_templates(session.access.cloudformation.get_template(session.target.name),
                                           plan.inputs.template_text);
  const deploy::ChangeStyle style = deploy::out_style(console);
  if (!parameters.empty()) console.out("parameters\n" + deploy::render_properties(parameters, style));
  show_template(diff, style, console);
  bool differs = deploy::surely_differ(parameters) || !diff.empty();
  differs |= deploy::show_nested_diff(session, plan.inputs.template_text, style);
  if (!differs)
    console.err(fmt::format("{} has this template and these parameters{}\n", session.target.name,
                            parameters.empty() ? "" : ", as far as those that are not hidden can tell"));
  if (options.drift) differs |= show_drift(session, style);
  return differs;
}

}  // namespace

}  // namespace wsdeep::commands
