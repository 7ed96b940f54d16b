#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/stack/plan_options.h"
#include "deploy/plan.h"
#include "deploy/resources.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"
#include "stack/template/facts.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::milliseconds kDriftPoll{2000};

struct DiffOptions {
  PlanFlags flags;
  bool drift = false;
  bool exit_code = false;
};

/// What people changed behind CloudFormation's back.
std::vector<aws::ResourceDrift> drifts_of(const std::string& stack, const std::string& prefix,
                                          deploy::StackAccess& access, const Interrupts& interrupts,
                                          const Console& console) {
  const std::string id = access.cloudformation.detect_drift(stack);
  aws::DriftDetection detection = access.cloudformation.drift_detection(id);
  while (detection.status == "DETECTION_IN_PROGRESS") {
    if (interrupts.wait(kDriftPoll)) throw Error(ErrorKind::kInterrupted, "interrupted while drift was looked for");
    detection = access.cloudformation.drift_detection(id);
  }
  if (detection.status == "DETECTION_FAILED")
    console.err(fmt::format("drift is not known for everything: {}\n", strip_control(detection.reason)));
  auto drifts = access.cloudformation.resource_drifts(stack);
  for (aws::ResourceDrift& drift : drifts) drift.logical_id = prefix + drift.logical_id;
  return drifts;
}

bool show_drift(const deploy::StackTarget& target, deploy::StackAccess& access, const Interrupts& interrupts,
                const deploy::ChangeStyle& style, Context& context) {
  auto drifts = drifts_of(target.name, "", access, interrupts, context.console);
  // A detection looks at no nested stack.
  for (const aws::StackResource& nested : deploy::all_resources(access.cloudformation, target.name))
    if (deploy::is_nested_stack(nested))
      for (aws::ResourceDrift& drift :
           drifts_of(nested.physical_id, nested.logical_id + "/", access, interrupts, context.console))
        drifts.push_back(std::move(drift));
  context.console.out(
      fmt::format("drift: {}\n", drifts.empty() ? "none" : std::to_string(drifts.size()) + " resources"));
  for (const aws::ResourceDrift& drift : drifts)
    context.console.out(fmt::format("  ! {} {}  {}\n", drift.logical_id, drift.type, drift.status) +
                        deploy::render_properties(drift.differences, style));
  return !drifts.empty();
}

/// Looks into the nested stacks: what runs in each against what its TemplateURL names by now, which may differ though
/// the address does not.
class NestedDiff {
 public:
  NestedDiff(deploy::StackAccess& access, const deploy::ChangeStyle& style, const Console& console)
      : access_(access), style_(style), console_(console) {}

  /// Prints what differs in the stacks within `stack`, and in those within them; true when something does.
  bool show(const std::string& stack, const std::string& template_text, const std::string& prefix = {}, int depth = 0) {
    const auto ids = stack::resources_of_type(template_text, "AWS::CloudFormation::Stack");
    if (ids.empty() || depth == kMaxDepth) return false;
    const auto urls = deploy::nested_template_urls(template_text);
    bool differs = false;
    for (const aws::StackResource& resource : access_.cloudformation.list_resources(stack)) {
      if (!deploy::is_nested_stack(resource)) continue;
      const auto url = urls.find(resource.logical_id);
      if (url == urls.end()) {
        if (std::find(ids.begin(), ids.end(), resource.logical_id) != ids.end())
          unknown(prefix + resource.logical_id, "its TemplateURL is computed");
        continue;
      }
      differs |= show_one(resource, url->second, prefix + resource.logical_id, depth);
    }
    return differs;
  }

 private:
  static constexpr int kMaxDepth = 8;

  void unknown(const std::string& path, const std::string& why) {
    say(console_,
        fmt::format("what changes within {} only a change set knows, see it with wsdeep deploy --no-execute: {}", path,
                    why));
  }

  bool show_one(const aws::StackResource& resource, const std::string& url, const std::string& path, int depth) {
    const auto place = aws::s3_place(url);
    if (!place) {
      unknown(path, fmt::format("{} is no address of S3", url));
      return false;
    }
    try {
      const std::string after = access_.s3.get_object(place->bucket, place->key);
      const bool differs = compare(access_.cloudformation.get_template(resource.physical_id), after, path);
      return show(resource.physical_id, after, path + "/", depth + 1) || differs;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted) throw;
      unknown(path, error.what());
      return false;
    }
  }

  bool compare(const std::string& before, const std::string& after, const std::string& path) {
    auto diff = deploy::diff_templates(before, after);
    console_.out(fmt::format("within {}: {}\n", path, diff.empty() ? "nothing" : deploy::summary_of(diff.resources)));
    for (aws::ResourceChange& change : diff.resources) change.logical_id = path + "/" + change.logical_id;
    console_.out(deploy::render_changes(diff.resources, style_) +
                 deploy::render_security(deploy::security_changes(diff.resources), false, style_));
    if (!diff.others.empty()) console_.out("  other sections\n" + deploy::render_properties(diff.others, style_));
    return !diff.empty();
  }

  deploy::StackAccess& access_;
  const deploy::ChangeStyle& style_;
  const Console& console_;
};

int compare(const DiffOptions& options, const deploy::StackTarget& target, deploy::StackAccess& access,
            const Interrupts& interrupts, Context& context) {
  const aws::CallerIdentity who = access.sts.get_caller_identity();
  const deploy::Plan plan = deploy::make_plan(options.flags.plan, target, who, interrupts.token(), context);
  const aws::Stack stack = deploy::require_stack(access, target);
  const auto parameters = deploy::diff_parameters(stack.parameters, plan.inputs.parameters, plan.hidden);
  const auto diff = deploy::diff_templates(access.cloudformation.get_template(target.name), plan.inputs.template_text);
  const deploy::ChangeStyle style = deploy::out_style(context.console);
  if (!parameters.empty()) context.console.out("parameters\n" + deploy::render_properties(parameters, style));
  if (!diff.resources.empty())
    context.console.out(fmt::format("resources: {}\n", deploy::summary_of(diff.resources)) +
                        deploy::render_changes(diff.resources, style) +
                        deploy::render_security(deploy::security_changes(diff.resources), false, style));
  if (!diff.others.empty()) context.console.out("other sections\n" + deploy::render_properties(diff.others, style));
  bool differs = deploy::surely_differ(parameters) || !diff.empty();
  differs |= NestedDiff(access, style, context.console).show(target.name, plan.inputs.template_text);
  if (!differs)
    context.console.err(fmt::format("{} has this template and these parameters{}\n", target.name,
                                    parameters.empty() ? "" : ", as far as those that are not hidden can tell"));
  if (options.drift) differs |= show_drift(target, access, interrupts, style, context);
  return differs && options.exit_code ? exit_code(ErrorKind::kFailure) : 0;
}

int run_diff(const DiffOptions& options, Context& context) {
  const deploy::StackTarget target = resolve_stack(options.flags.stack, context);
  const Interrupts interrupts;
  deploy::StackAccess access(target, context, interrupts.token());
  return unless_interrupted(interrupts, "", [&] { return compare(options, target, access, interrupts, context); });
}

}  // namespace

void add_diff(const Command& app, Context& context) {
  auto options = std::make_shared<DiffOptions>();
  const Command command = app.add_subcommand("diff", "Compare template and parameters with what is deployed");
  add_plan_options(command, options->flags);
  command.add_flag("--drift", options->drift, "also ask CloudFormation what was changed outside of it");
  command.add_flag("--exit-code", options->exit_code, "exit 1 when something differs");
  command.runs([options, &context] { return run_diff(*options, context); });
}

}  // namespace wsdeep::commands
