#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "base/error.h"
#include "commands/context.h"
#include "commands/deployment_steps.h"
#include "commands/duration_option.h"
#include "commands/follow.h"
#include "commands/stack_target.h"
#include "stack/deployment.h"
#include "stack/template_facts.h"

namespace wsdeep::commands {
namespace {

struct DestroyOptions {
  StackOptions stack;
  std::string confirm;
  std::string role_arn;
  std::string poll = "2s";
  bool production = false;
  bool unprotect = false;
  bool keep_bucket = false;
};

void check_protection(const DestroyOptions& options, const StackTarget& target, const aws::Stack& stack) {
  if (target.is_production() && !options.production)
    throw Error(ErrorKind::kRefused,
                fmt::format("'{}' is a production stack: it is not destroyed just like that", target.name),
                "when you are sure, add --production");
  if (stack.termination_protection && !options.unprotect)
    throw Error(ErrorKind::kRefused, fmt::format("'{}' has termination protection", target.name),
                "when you are sure, add --unprotect, which turns it off");
}

/// Splits the resources into those that go and those that stay, and says so.
void show_fate(const aws::Stack& stack, StackAccess& access, const stack::ChangeStyle& style, Context& context) {
  const std::set<std::string> retained = stack::retained_resources(access.cloudformation.get_template(stack.name));
  std::vector<aws::ResourceChange> going;
  std::string staying;
  for (const aws::StackResource& resource : access.cloudformation.list_resources(stack.name)) {
    if (resource.status == "DELETE_COMPLETE") continue;
    if (retained.contains(resource.logical_id)) {
      staying += fmt::format("  = {} {}  {}\n", resource.logical_id, resource.type, resource.physical_id);
      continue;
    }
    aws::ResourceChange change;
    change.action = "Remove";
    change.logical_id = resource.logical_id;
    change.physical_id = resource.physical_id;
    change.type = resource.type;
    going.push_back(std::move(change));
  }
  context.console.err(stack::render_changes(going, style));
  if (!staying.empty()) context.console.err("stays in the account (DeletionPolicy: Retain):\n" + staying);
  context.console.err(fmt::format("{}\n", stack::summary_of(going)));
}

void ask_for_name(const DestroyOptions& options, const StackTarget& target, const Console& console) {
  const std::string answer =
      !options.confirm.empty()
          ? options.confirm
          : console.ask(fmt::format("Type the stack's name to delete it ({}): ", target.name), "--confirm NAME");
  if (answer != target.name)
    throw Error(ErrorKind::kInterrupted, fmt::format("'{}' is not the stack's name: nothing was deleted", answer));
}

void delete_stack(const DestroyOptions& options, const StackTarget& target, const aws::Stack& stack,
                  StackAccess& access, Context& context) {
  const auto poll =
      std::chrono::duration_cast<std::chrono::milliseconds>(parse_duration(options.poll, "--poll-interval"));
  if (stack.termination_protection) access.cloudformation.set_termination_protection(target.name, false);
  const std::string before = access.cloudformation.newest_event(stack.id);
  access.cloudformation.delete_stack(stack.id, options.role_arn);
  const Interrupts interrupts;
  FollowResult result;
  try {
    result = follow(access.cloudformation, {stack.id, target.name, before, poll}, interrupts, context);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: the deletion goes on", "run wsdeep destroy again to follow it");
  }
  if (result.status == "DELETE_COMPLETE") return;
  explain_failure(result.events, "", "", context.console);
  throw Error(ErrorKind::kFailure, fmt::format("'{}' was not deleted: it is in {}", target.name, result.status),
              "correct the cause and run wsdeep destroy again");
}

/// The stack's own bucket holds nothing but its packages, which nobody needs any more.
void delete_bucket(const DestroyOptions& options, const StackTarget& target, StackAccess& access, Context& context) {
  if (options.keep_bucket) return;
  const std::string account = access.sts.get_caller_identity().account;
  const std::string bucket = stack::artifact_bucket(target.name, account, target.region);
  if (!access.s3.bucket_exists(bucket, account)) return;
  std::size_t count = 0;
  for (auto versions = access.s3.list_versions(bucket); !versions.empty(); versions = access.s3.list_versions(bucket)) {
    access.s3.delete_versions(bucket, versions);
    count += versions.size();
  }
  access.s3.delete_bucket(bucket);
  context.console.err(fmt::format("bucket {} was emptied ({} objects) and deleted\n", bucket, count));
}

int run_destroy(const DestroyOptions& options, Context& context) {
  const StackTarget target = resolve_stack(options.stack, context);
  StackAccess access(target, context);
  const aws::Stack stack = require_stack(access, target);
  check_protection(options, target, stack);
  show_fate(stack, access, err_style(context.console), context);
  ask_for_name(options, target, context.console);
  delete_stack(options, target, stack, access, context);
  delete_bucket(options, target, access, context);
  context.console.err(fmt::format("{} is deleted\n", target.name));
  return 0;
}

}  // namespace

void add_destroy(CLI::App& app, Context& context) {
  auto options = std::make_shared<DestroyOptions>();
  CLI::App* command = app.add_subcommand("destroy", "Delete the stack and the bucket of its packages");
  add_stack_options(*command, options->stack);
  command->add_option("--confirm", options->confirm, "the stack's name, rather than typing it when asked");
  command->add_flag("--production", options->production, "also a production stack");
  command->add_flag("--unprotect", options->unprotect, "turn termination protection off first");
  command->add_flag("--keep-bucket", options->keep_bucket, "leave the bucket of the packages");
  command->add_option("--role-arn", options->role_arn, "role that CloudFormation works as");
  command->add_option("--poll-interval", options->poll, "how often to ask CloudFormation");
  command->footer("Example:\n  wsdeep destroy -e dev --confirm chat-dev");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_destroy(*options, context); }; });
}

}  // namespace wsdeep::commands
