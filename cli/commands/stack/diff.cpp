#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack/plan_options.h"
#include "deploy/drift.h"
#include "deploy/plan.h"
#include "deploy/plan_report.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"

namespace wsdeep::commands {
namespace {

struct DiffOptions {
  PlanFlags flags;
  bool drift = false;
  bool exit_code = false;
  std::string output = "text";
};

int run_diff(const DiffOptions& options, Context& context);

}  // namespace

void add_diff(const Command& app, Context& context) {
  auto options = std::make_shared<DiffOptions>();
  const Command command = app.add_subcommand("diff", "Compare template and parameters with what is deployed");
  add_plan_options(command, options->flags);
  command.add_flag("--drift", options->drift, "also ask CloudFormation what was changed outside of it");
  command.add_flag("--exit-code", options->exit_code, "exit 1 when something differs");
  command.add_option("--output", options->output, "as text, as json, or as markdown for a pull request")
      .one_of({"text", "json", "markdown"});
  command.footer(
      "Examples:\n"
      "  wsdeep diff -e dev --exit-code\n"
      "  wsdeep diff -e production --output markdown | gh pr comment --body-file -");
  command.runs([options, &context] { return run_diff(*options, context); });
}

namespace {

deploy::PlanReport plan_report(const DiffOptions& options, bool both, deploy::StackSession& session);
bool show_text(const deploy::PlanReport& report, bool both, const deploy::StackTarget& target, const Console& console);
bool show_drift(deploy::StackSession& session, const deploy::ChangeStyle& style);

int run_diff(const DiffOptions& options, Context& context) {
  const bool as_text = options.output == "text";
  if (options.drift && !as_text)
    throw Error(ErrorKind::kUsage, fmt::format("--drift is told as text only, not as {}", options.output),
                "run wsdeep diff --drift by itself");
  deploy::StackSession first(resolve_stack(options.flags.stack, context), context);
  const std::vector<stack::Part> parts = options.flags.parts(first.target);
  const bool both = parts.size() > 1;
  return unless_interrupted(first.interrupts, "", [&] {
    bool differs = false;
    std::vector<deploy::PlanReport> reports;
    for (const stack::Part part : parts) {
      deploy::StackSession session = first.of(part);
      reports.push_back(plan_report(options, both, session));
      differs |= reports.back().differs;
      if (as_text && show_text(reports.back(), both, session.target, context.console) && options.drift)
        differs |= show_drift(session, deploy::out_style(context.console));
    }
    if (options.output == "json") context.console.out(deploy::plan_as_json(reports));
    if (options.output == "markdown") context.console.out(deploy::plan_as_markdown(reports));
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

void show_nested(const deploy::NestedDifference& one, const deploy::ChangeStyle& style, const Console& console) {
  console.out(
      fmt::format("within {}: {}\n", one.path, one.diff.empty() ? "nothing" : deploy::summary_of(one.diff.resources)));
  console.out(deploy::render_changes(one.diff.resources, style) +
              deploy::render_security(deploy::security_changes(one.diff.resources), false, style));
  if (!one.diff.others.empty()) console.out("  other sections\n" + deploy::render_properties(one.diff.others, style));
}

/// False for a stack that is not there, which has not drifted either.
bool show_text(const deploy::PlanReport& report, bool both, const deploy::StackTarget& target, const Console& console) {
  const deploy::ChangeStyle style = deploy::out_style(console);
  if (both) console.out(fmt::format("{}\n", report.stack));
  if (report.is_new) {
    console.out(fmt::format("not deployed: {}\n", deploy::deploy_it(target)));
    return false;
  }
  if (!report.parameters.empty()) console.out("parameters\n" + deploy::render_properties(report.parameters, style));
  show_template(report.diff, style, console);
  for (const deploy::NestedDifference& one : report.nested) show_nested(one, style, console);
  if (!report.differs)
    console.err(fmt::format("{} has this template and these parameters{}\n", report.stack,
                            report.parameters.empty() ? "" : ", as far as those that are not hidden can tell"));
  return true;
}

/// Nodes that are not there yet differ. A plan for programs, or for people who look at a pull request, is one of a
/// service that is not there yet, too.
deploy::PlanReport plan_report(const DiffOptions& options, bool both, deploy::StackSession& session) {
  deploy::PlanOptions planned = options.flags.plan;
  planned.both = both;
  const deploy::Plan plan = deploy::make_plan(planned, session);
  deploy::PlanReport report;
  report.stack = session.target.name;
  report.region = session.target.region;
  auto stack = session.find_stack();
  if (stack && deploy::situation_of(stack->status) == deploy::Situation::kNeverCreated) stack.reset();
  const bool may_be_missing = options.output != "text" || (both && session.target.part == stack::Part::kFleet);
  if (!stack && !may_be_missing) throw deploy::missing_stack(session.target);
  report.is_new = !stack;
  report.parameters =
      deploy::diff_parameters(stack.value_or(aws::Stack{}).parameters, plan.inputs.parameters, plan.hidden);
  const std::string deployed =
      stack ? session.access.cloudformation.get_template(session.target.name) : "Resources: {}";
  report.diff = deploy::diff_templates(deployed, plan.inputs.template_text);
  if (stack) report.nested = deploy::nested_differences(session, plan.inputs.template_text);
  report.differs =
      report.is_new || deploy::surely_differ(report.parameters) || !report.diff.empty() ||
      std::any_of(report.nested.begin(), report.nested.end(), [](const auto& one) { return !one.diff.empty(); });
  return report;
}

}  // namespace

}  // namespace wsdeep::commands
