#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/display.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/commands.h"
#include "commands/stack/part_options.h"
#include "commands/stack_options.h"
#include "deploy/deletion.h"
#include "deploy/kept_resources.h"
#include "deploy/registered_names.h"

namespace wsdeep::commands {
namespace {

struct DestroyOptions {
  StackOptions stack;
  PartOptions part;
  std::string confirm;
  std::string role_arn;
  std::string poll = "2s";
  std::vector<std::string> retain;
  bool production = false;
  bool unprotect = false;
  bool keep_bucket = false;
};

int run_destroy(const DestroyOptions& options, Context& context);

}  // namespace

void add_destroy(const Command& app, Context& context) {
  auto options = std::make_shared<DestroyOptions>();
  const Command command =
      app.add_subcommand("destroy", "Delete the stacks, the nodes' first, and the bucket of their packages");
  add_stack_options(command, options->stack);
  add_fleet_option(command, options->part, "only the stack of the nodes; the service stays");
  command.add_option("--confirm", options->confirm, "the stack's name, rather than typing it when asked");
  command.add_flag("--production", options->production, "also a production stack");
  command.add_flag("--unprotect", options->unprotect, "turn termination protection off first");
  command.add_flag("--keep-bucket", options->keep_bucket, "leave the bucket of the packages");
  command
      .add_option("--retain-resource", options->retain,
                  "after DELETE_FAILED: leave this resource in the account, outside of the stack")
      .repeats();
  command.add_option("--role-arn", options->role_arn, "role that CloudFormation works as");
  command.add_option("--poll-interval", options->poll, "how often to ask CloudFormation");
  command.footer(
      "Examples:\n  wsdeep destroy -e dev --confirm chat-dev\n"
      "  wsdeep destroy -e dev --fleet --confirm chat-dev-fleet      # nobody gets an answer, and nothing is paid for "
      "nodes");
  command.runs([options, &context] { return run_destroy(*options, context); });
}

namespace {

/// A stack that is to go.
struct Doomed {
  deploy::StackSession session;
  aws::Stack stack;  ///< as it was looked at
  deploy::DeletionOptions options;
  std::vector<std::string> named;  ///< services of Cloud Map that go
};

std::vector<Doomed> find_doomed(const DestroyOptions& options, const deploy::DeletionOptions& deletion,
                                const deploy::StackSession& first);
void choose_retained(const std::vector<std::string>& retain, std::vector<Doomed>& all);
void show_fate(const deploy::Deletion& deletion, const Console& console);
void ask_for_name(const DestroyOptions& options, const deploy::StackTarget& target, const Console& console);

int run_destroy(const DestroyOptions& options, Context& context) {
  const deploy::DeletionOptions deletion{options.role_arn, parse_milliseconds(options.poll, "--poll-interval"), {}};
  const deploy::StackSession first(resolve_stack(options.stack, context).of(options.part.part()), context);
  std::vector<Doomed> all = unless_interrupted(first.interrupts, "nothing was deleted", [&] {
    std::vector<Doomed> found = find_doomed(options, deletion, first);
    for (Doomed& one : found) one.stack = deploy::settle(one.session, std::move(one.stack), one.options.poll);
    choose_retained(options.retain, found);
    for (Doomed& one : found) {
      if (found.size() > 1) context.console.err(fmt::format("{}:\n", one.stack.name));
      const deploy::Deletion fate = deploy::what_is_deleted(one.session, one.stack, one.options);
      one.named = deploy::services_that_go(fate.going);
      show_fate(fate, context.console);
    }
    return found;
  });
  ask_for_name(options, first.target, context.console);
  return unless_interrupted(first.interrupts, "run wsdeep destroy again to go on from there", [&] {
    for (Doomed& one : all) {
      deploy::delete_stack(one.session, one.stack, one.options, one.named);
      if (one.session.target.part == stack::Part::kService && !options.keep_bucket) deploy::delete_bucket(one.session);
      context.console.err(fmt::format("{} is deleted\n", one.session.target.name));
    }
    return 0;
  });
}

void check_protection(const DestroyOptions& options, const deploy::StackTarget& target, const aws::Stack& stack);

/// The nodes first: they live in the network of the service. What is protected is said before anything goes.
std::vector<Doomed> find_doomed(const DestroyOptions& options, const deploy::DeletionOptions& deletion,
                                const deploy::StackSession& first) {
  std::vector<Doomed> found;
  for (const stack::Part part : {stack::Part::kFleet, stack::Part::kService}) {
    if (options.part.fleet && part == stack::Part::kService) break;
    deploy::StackSession session = first.of(part);
    auto stack = session.find_stack();
    if (!stack) continue;
    check_protection(options, session.target, *stack);
    found.push_back({session, std::move(*stack), deletion, {}});
  }
  if (found.empty()) throw deploy::missing_stack(first.target, "");
  return found;
}

/// Of two stacks it is the one of which the deletion has failed that retains something; where there is none, the first
/// one says so.
void choose_retained(const std::vector<std::string>& retain, std::vector<Doomed>& all) {
  const auto has_failed = [](const Doomed& one) { return one.stack.status == "DELETE_FAILED"; };
  const auto failed = std::find_if(all.begin(), all.end(), has_failed);
  (failed == all.end() ? all.front() : *failed).options.retain = retain;
}

void check_protection(const DestroyOptions& options, const deploy::StackTarget& target, const aws::Stack& stack) {
  if (target.is_production() && !options.production)
    throw Error(ErrorKind::kRefused,
                fmt::format("'{}' is a production stack: it is not destroyed just like that", target.name),
                "when you are sure, add --production");
  if (stack.termination_protection && !options.unprotect)
    throw Error(ErrorKind::kRefused, fmt::format("'{}' has termination protection", target.name),
                "when you are sure, add --unprotect, which turns it off");
}

/// What is left of a screen's line; 0, no limit, when there is no screen.
std::size_t room_after(const std::string& line, const deploy::ChangeStyle& style) {
  constexpr std::size_t kLeast = 16;
  return style.columns == 0 ? 0 : std::max(kLeast, style.columns - std::min(style.columns, utf8_length(line)));
}

/// Those that stay, and why.
void show_staying(const std::vector<aws::StackResource>& resources, const char* why, const deploy::ChangeStyle& style,
                  const Console& console) {
  if (!resources.empty()) console.err(fmt::format("will stay in the account ({}):\n", why));
  for (const aws::StackResource& resource : resources) {
    const std::string line = fmt::format("  = {} {}  ", resource.logical_id, resource.type);
    console.err(line + cut_middle(resource.physical_id, room_after(line, style)) + "\n");
  }
}

/// Which resources go, and which stay.
void show_fate(const deploy::Deletion& deletion, const Console& console) {
  const deploy::ChangeStyle style = deploy::err_style(console);
  console.err(deploy::render_changes(deletion.going, style));
  show_staying(deletion.staying, "DeletionPolicy: Retain", style, console);
  const bool comes_back = std::any_of(deletion.staying.begin(), deletion.staying.end(), [](const auto& one) {
    return one.logical_id.find('/') == std::string::npos && !deploy::identifier_of(one.type).empty();
  });
  if (comes_back)
    console.err("  a later deployment takes tables and user pools back with: wsdeep deploy --import-kept\n");
  show_staying(deletion.retained, "--retain-resource: nothing manages it from then on but you", style, console);
  console.err(deletion.going.empty() ? "nothing goes but the stack itself\n"
                                     : fmt::format("{}\n", deploy::summary_of(deletion.going)));
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

}  // namespace

}  // namespace wsdeep::commands
