#include <fmt/format.h>

#include <memory>

#include "base/duration.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/commands.h"
#include "commands/stack/part_options.h"
#include "commands/stack_options.h"
#include "deploy/log_reader.h"

namespace wsdeep::commands {
namespace {

struct LogsOptions {
  StackOptions stack;
  PartOptions part;
  std::string function;
  std::string node;
  std::string since = "10m";
  std::string filter;
  bool follow = false;
  std::string poll = "2s";
};

int run_logs(const LogsOptions& options, Context& context);

}  // namespace

void add_logs(const Command& app, Context& context) {
  auto options = std::make_shared<LogsOptions>();
  const Command command = app.add_subcommand("logs", "Print the logs of the stack's functions, in time order");
  add_stack_options(command, options->stack);
  add_fleet_option(command, options->part, "of the nodes' stack, rather than of the functions");
  command.add_option("--function", options->function, "of this function only, such as generate");
  command.add_option("--node", options->node, "the journal of this node, by its instance's id, or of `all`")
      .excludes("--function");
  command.add_option("--since", options->since,
                     "how far back, such as 10m, 2h or 1d, or from when, such as 2024-02-19T07:00:00Z");
  command.add_option("--filter", options->filter, "CloudWatch filter pattern, such as '{ $.level = \"error\" }'");
  command.add_flag("--follow", options->follow, "go on until Ctrl-C");
  command.add_option("--poll-interval", options->poll, "how often --follow asks");
  command.runs([options, &context] { return run_logs(*options, context); });
}

namespace {

/// The name of the nodes' log group, and the first letters of a stream in it.
constexpr const char* kNodeLogs = "nodes";
std::string stream_of(const std::string& node) {
  return node == "all" ? "" : node;
}

SystemTime since_when(const std::string& text, SystemTime now);
void print(const std::vector<aws::LogEvent>& events, const Console& console);

int run_logs(const LogsOptions& options, Context& context) {
  const SystemTime since = since_when(options.since, context.clock.now());
  const bool of_nodes = !options.node.empty();
  deploy::StackTarget target =
      resolve_stack(options.stack, context).of(of_nodes ? stack::Part::kFleet : options.part.part());
  if (target.settings && target.settings->llm.on_bedrock() && (of_nodes || options.part.part() == stack::Part::kFleet))
    throw deploy::no_fleet(target);
  const auto poll = parse_milliseconds(options.poll, "--poll-interval");
  deploy::StackSession session(std::move(target), context);
  const auto read_on = [&] {
    const auto groups = deploy::log_groups(session, of_nodes ? kNodeLogs : options.function);
    deploy::LogReader reader(session, groups, {options.filter, stream_of(options.node)}, epoch_ms(since));
    const auto events = reader.read();
    print(events, context.console);
    if (!options.follow) {
      if (events.empty())
        context.console.err(fmt::format("nothing was logged since then (--since {})\n", options.since));
      return 0;
    }
    while (!session.interrupts.wait(poll)) print(reader.read(), context.console);
    return exit_code(ErrorKind::kInterrupted);
  };
  try {
    return unless_interrupted(session.interrupts, "", read_on);
  } catch (const Error& error) {
    // That is how following ends: nothing to be told about.
    if (!options.follow || error.kind() != ErrorKind::kInterrupted) throw;
    return exit_code(ErrorKind::kInterrupted);
  }
}

/// An age such as 10m, 1d or 2w before `now`, or a day or a time of UTC.
SystemTime since_when(const std::string& text, SystemTime now) {
  using namespace std::chrono;
  const bool is_date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  try {
    if (is_date) return parse_iso8601(text.size() == 10 ? text + "T00:00:00Z" : text);
    const char unit = text.empty() ? ' ' : text.back();
    const auto count = parse_integer(std::string_view(text).substr(0, text.empty() ? 0 : text.size() - 1), 1, 5000);
    if (unit == 'd' && count) return now - hours(24 * *count);
    if (unit == 'w' && count) return now - hours(7 * 24 * *count);
    return now - duration_cast<milliseconds>(parse_duration(text, "--since"));
  } catch (const Error&) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--since must be an age such as 30s, 10m, 2h, 1d or 2w, or a time of UTC such as 2024-02-19 "
                    "or 2024-02-19T07:11:42Z, got '{}'",
                    text));
  }
}

void print(const std::vector<aws::LogEvent>& events, const Console& console) {
  for (const aws::LogEvent& event : events) {
    const std::string message = is_utf8(event.message) ? strip_control(trim(event.message)) : "(unreadable)";
    console.out(fmt::format("{} {} {}\n", console.style_out("2", iso8601_ms(from_epoch_ms(event.timestamp))),
                            console.style_out("36", strip_control(deploy::writer_of(event))), message));
  }
}

}  // namespace

}  // namespace wsdeep::commands
