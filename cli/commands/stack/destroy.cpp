#include <fmt/format.h>

#include <memory>
#include <set>

#include "base/display.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/commands.h"
#include "commands/duration_option.h"
#include "commands/stack_options.h"
#include "deploy/follow.h"
#include "deploy/readiness.h"
#include "deploy/resources.h"
#include "deploy/stack_state.h"
#include "stack/template/facts.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"

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

void check_protection(const DestroyOptions& options, const deploy::StackTarget& target, const aws::Stack& stack) {
  if (target.is_production() && !options.production)
    throw Error(ErrorKind::kRefused,
                fmt::format("'{}' is a production stack: it is not destroyed just like that", target.name),
                "when you are sure, add --production");
  if (stack.termination_protection && !options.unprotect)
    throw Error(ErrorKind::kRefused, fmt::format("'{}' has termination protection", target.name),
                "when you are sure, add --unprotect, which turns it off");
}

/// Of the stack and of those nested in it, by path.
std::set<std::string> retained_in(const std::string& stack, const std::vector<aws::StackResource>& resources,
                                  aws::CloudFormation& cloudformation) {
  std::set<std::string> retained = stack::retained_resources(cloudformation.get_template(stack));
  for (const aws::StackResource& nested : resources) {
    if (!deploy::is_nested_stack(nested)) continue;
    for (const std::string& id : stack::retained_resources(cloudformation.get_template(nested.physical_id)))
      retained.insert(nested.logical_id + "/" + id);
  }
  return retained;
}

/// What is left of a screen's line; 0, no limit, when there is no screen.
std::size_t room_after(const std::string& line, const deploy::ChangeStyle& style) {
  constexpr std::size_t kLeast = 16;
  return style.columns == 0 ? 0 : std::max(kLeast, style.columns - std::min(style.columns, utf8_length(line)));
}

/// Splits the resources into those that go and those that stay, and says so.
void show_fate(const aws::Stack& stack, deploy::StackAccess& access, const deploy::ChangeStyle& style,
               Context& context) {
  const auto resources = deploy::all_resources(access.cloudformation, stack.name);
  // A stack that was never created has no template either.
  const std::set<std::string> retained =
      resources.empty() ? std::set<std::string>{} : retained_in(stack.name, resources, access.cloudformation);
  std::vector<aws::ResourceChange> going;
  std::string staying;
  for (const aws::StackResource& resource : resources) {
    if (retained.contains(resource.logical_id)) {
      const std::string line = fmt::format("  = {} {}  ", resource.logical_id, resource.type);
      staying += line + cut_middle(resource.physical_id, room_after(line, style)) + "\n";
      continue;
    }
    aws::ResourceChange change;
    change.action = "Remove";
    change.logical_id = resource.logical_id;
    change.physical_id = resource.physical_id;
    change.type = resource.type;
    going.push_back(std::move(change));
  }
  context.console.err(deploy::render_changes(going, style));
  if (!staying.empty()) context.console.err("will stay in the account (DeletionPolicy: Retain):\n" + staying);
  context.console.err(fmt::format("{}\n", deploy::summary_of(going)));
}

std::string typed_name(const deploy::StackTarget& target, const Console& console) {
  try {
    return std::string(
        trim(console.ask(fmt::format("Type the stack's name to delete it ({}): ", target.name), "--confirm NAME")));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was deleted");
  }
}

void ask_for_name(const DestroyOptions& options, const deploy::StackTarget& target, const Console& console) {
  const std::string answer = options.confirm.empty() ? typed_name(target, console) : options.confirm;
  // Typed when asked it is a way to say no; on the command line it is a mistake.
  const ErrorKind kind = options.confirm.empty() ? ErrorKind::kInterrupted : ErrorKind::kUsage;
  if (answer != target.name)
    throw Error(kind, fmt::format("'{}' is not the stack's name: nothing was deleted", answer));
}

bool is_being_deleted(const aws::Stack& stack) {
  return stack.status == "DELETE_IN_PROGRESS";
}

/// CloudFormation deletes no stack that it works at, and what it holds is known only afterwards.
aws::Stack settled(aws::Stack stack, std::chrono::milliseconds poll, const deploy::StackTarget& target,
                   deploy::StackAccess& access, const Interrupts& interrupts, Context& context) {
  if (!deploy::is_in_progress(stack.status)) return stack;
  if (is_being_deleted(stack)) {
    say(context.console, fmt::format("{} is being deleted already: that is followed", target.name));
    return stack;
  }
  say(context.console,
      fmt::format("{} is {}: following that operation before anything is deleted", target.name, stack.status));
  deploy::follow(access.cloudformation, {stack.id, target.name, {}, poll}, interrupts, context);
  return deploy::require_stack(access, target, "");
}

void delete_stack(const DestroyOptions& options, std::chrono::milliseconds poll, const deploy::StackTarget& target,
                  const aws::Stack& stack, deploy::StackAccess& access, const Interrupts& interrupts,
                  Context& context) {
  if (stack.termination_protection) access.cloudformation.set_termination_protection(target.name, false);
  std::string before;
  if (!is_being_deleted(stack)) {
    before = access.cloudformation.newest_event(stack.id);
    access.cloudformation.delete_stack(stack.id, options.role_arn);
  }
  deploy::FollowResult result;
  try {
    result = deploy::follow(access.cloudformation, {stack.id, target.name, before, poll}, interrupts, context);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: the deletion goes on", "run wsdeep destroy again to follow it");
  }
  if (result.status == "DELETE_COMPLETE") return;
  deploy::explain_failure(result, {}, access.cloudformation, context.console);
  throw Error(ErrorKind::kFailure, fmt::format("'{}' was not deleted: it is in {}", target.name, result.status),
              "correct the cause and run wsdeep destroy again");
}

/// The stack's own bucket holds nothing but its packages, which nobody needs any more.
void delete_bucket(const DestroyOptions& options, const deploy::StackTarget& target, deploy::StackAccess& access,
                   Context& context) {
  if (options.keep_bucket) return;
  const std::string account = access.sts.get_caller_identity().account;
  const std::string bucket = deploy::artifact_bucket(target.name, account, target.region);
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
  const auto poll =
      std::chrono::duration_cast<std::chrono::milliseconds>(parse_duration(options.poll, "--poll-interval"));
  const deploy::StackTarget target = resolve_stack(options.stack, context);
  const Interrupts interrupts;
  deploy::StackAccess access(target, context, interrupts.token());
  const aws::Stack stack = unless_interrupted(interrupts, "nothing was deleted", [&] {
    aws::Stack found = deploy::require_stack(access, target, "");
    check_protection(options, target, found);
    found = settled(std::move(found), poll, target, access, interrupts, context);
    show_fate(found, access, deploy::err_style(context.console), context);
    return found;
  });
  ask_for_name(options, target, context.console);
  return unless_interrupted(interrupts, "run wsdeep destroy again to go on from there", [&] {
    delete_stack(options, poll, target, stack, access, interrupts, context);
    delete_bucket(options, target, access, context);
    context.console.err(fmt::format("{} is deleted\n", target.name));
    return 0;
  });
}

}  // namespace

void add_destroy(const Command& app, Context& context) {
  auto options = std::make_shared<DestroyOptions>();
  const Command command = app.add_subcommand("destroy", "Delete the stack and the bucket of its packages");
  add_stack_options(command, options->stack);
  command.add_option("--confirm", options->confirm, "the stack's name, rather than typing it when asked");
  command.add_flag("--production", options->production, "also a production stack");
  command.add_flag("--unprotect", options->unprotect, "turn termination protection off first");
  command.add_flag("--keep-bucket", options->keep_bucket, "leave the bucket of the packages");
  command.add_option("--role-arn", options->role_arn, "role that CloudFormation works as");
  command.add_option("--poll-interval", options->poll, "how often to ask CloudFormation");
  command.footer("Example:\n  wsdeep destroy -e dev --confirm chat-dev");
  command.runs([options, &context] { return run_destroy(*options, context); });
}

}  // namespace wsdeep::commands
