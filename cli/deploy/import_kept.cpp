#include "deploy/import_kept.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/printable.h"
#include "deploy/kept_resources.h"
#include "deploy/make_change_set.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

void say_kept(const std::vector<KeptResource>& kept, const Console& console) {
  for (const KeptResource& one : kept)
    say(console, fmt::format("  {}  {}  {}  {}{}", one.logical_id, one.type, one.physical_id,
                             one.deleted.empty() ? "found by its tags" : "of the stack deleted at " + one.deleted,
                             one.is_tagged || one.deleted.empty() ? "" : ", if it is still there"));
}

KeptSearch search_and_say(StackSession& session, const Plan& plan) {
  const Console& console = session.context.console;
  KeptSearch search =
      find_kept(session, plan.inputs.template_text, session.access.cloudformation.deleted_stacks(session.target.name));
  if (!search.found.empty()) {
    say(console, fmt::format("kept of earlier stacks called {}:", session.target.name));
    say_kept(search.found, console);
  }
  if (!search.others.empty()) {
    say(console, "also kept, and left where they are (older, or none of the template's):");
    say_kept(search.others, console);
  }
  if (search.found.empty())
    throw Error(ErrorKind::kNotFound,
                fmt::format("there is nothing to take back: no table and no user pool of the template was kept of an "
                            "earlier stack '{}' in {}",
                            session.target.name, session.target.region),
                "check account and region, or deploy without --import-kept to begin with empty ones");
  return search;
}

aws::ChangeSetRequest import_request(const Deployment& deployment, const std::vector<KeptResource>& kept) {
  aws::ChangeSetRequest request;
  request.stack_name = deployment.target().name;
  request.template_body = import_template(deployment.plan.inputs.template_text, kept);
  request.name = "wsdeep-" + hex(sha256("import" + request.template_body)).substr(0, 16);
  const auto declared = stack::declared_parameters(request.template_body);
  for (const stack::Parameter& one : deployment.plan.inputs.parameters)
    if (std::any_of(declared.begin(), declared.end(), [&](const auto& known) { return known.name == one.key; }))
      request.parameters.push_back({one.key, one.value});
  request.tags = deployment.plan.inputs.tags;
  request.role_arn = deployment.plan.inputs.role_arn;
  for (const KeptResource& one : kept)
    request.import.push_back({one.logical_id, one.type, std::string(identifier_of(one.type)), one.physical_id});
  return request;
}

/// Of an import that was cut short, which had the same name.
void remove_earlier(const Deployment& deployment, const std::string& name) {
  if (!deployment.stack) return;
  if (const auto earlier = deployment.cloudformation().describe_change_set(deployment.target().name, name))
    deployment.cloudformation().delete_change_set(deployment.target().name, name);
}

aws::ChangeSet make_import(const Deployment& deployment, const std::vector<KeptResource>& kept) {
  const aws::ChangeSetRequest request = import_request(deployment, kept);
  remove_earlier(deployment, request.name);
  deployment.cloudformation().create_change_set(request);
  aws::ChangeSet made = wait_for_change_set(deployment, request.name);
  made.name = request.name;
  if (can_be_executed(made)) return made;
  deployment.cloudformation().delete_change_set(deployment.target().name, request.name);
  throw Error(ErrorKind::kFailure,
              fmt::format("CloudFormation cannot take them back: {}", strip_control(made.status_reason)),
              "one that is not there any more, or belongs to another stack by now, can not be imported; deploy without "
              "--import-kept to begin with empty ones");
}

void ask_to_import(const Deployment& deployment) {
  bool agreed = false;
  try {
    agreed = confirm(deployment.console(), fmt::format("Take these back into {}?", deployment.target().name),
                     deployment.options.yes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
  }
  if (!agreed) throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

}  // namespace

void hint_at_kept(const Deployment& deployment) {
  if (!deployment.is_new() || deployment.target().part == stack::Part::kFleet) return;
  try {
    const auto earlier = deployment.cloudformation().deleted_stacks(deployment.target().name);
    if (earlier.empty()) return;
    const KeptSearch search = find_kept(deployment.session, deployment.plan.inputs.template_text, earlier);
    if (search.found.empty()) return;
    say(deployment.console(),
        fmt::format("an earlier {} kept these; the new one begins with empty ones, unless it takes them back with "
                    "wsdeep deploy --import-kept:",
                    deployment.target().name));
    say_kept(search.found, deployment.console());
  } catch (const aws::ServiceError&) {
    // Who may not look for it is told nothing of it.
  }
}

void say_what_is_kept(StackSession& session, const Plan& plan) {
  if (session.target.part == stack::Part::kFleet) return;
  search_and_say(session, plan);
  say(session.context.console, "these would be taken back before the deployment");
}

void import_kept(Deployment& deployment) {
  const std::string& name = deployment.target().name;
  if (deployment.target().part == stack::Part::kFleet) return;  // nodes keep nothing
  if (!deployment.is_new())
    return say(deployment.console(),
               fmt::format("{} is there: what earlier ones kept goes only into a stack that is not, so that nothing "
                           "is taken back",
                           name));
  const KeptSearch search = search_and_say(deployment.session, deployment.plan);
  ask_to_import(deployment);
  const aws::ChangeSet made = make_import(deployment, search.found);
  if (!deployment.stack) deployment.stack = aws::Stack{};
  deployment.stack->id = made.stack_id;
  const std::string before = deployment.cloudformation().newest_event(made.stack_id);
  deployment.cloudformation().execute_change_set(name, made.name, false);
  const FollowResult result = deployment.follow_to_end(before);
  if (result.status != "IMPORT_COMPLETE") deployment.require_success(result, "the import");
  say(deployment.console(),
      fmt::format("{} has them back; whether they are as the template says, tells: wsdeep diff --drift", name));
  deployment.stack = deployment.cloudformation().describe_stack(name);
}

}  // namespace wsdeep::deploy
