#include "aws/logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/commands.h"
#include "commands/duration_option.h"
#include "commands/stack_options.h"
#include "deploy/resources.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kMaxPages = 200;    // of one group at once: two million events
constexpr std::int64_t kLateMs = 10'000;  // events of one stream may arrive that much after those of another

struct LogsOptions {
  StackOptions stack;
  std::string function;
  std::string since = "10m";
  std::string filter;
  bool follow = false;
  std::string poll = "2s";
};

/// The last part of `/aws/lambda/chat-dev-message`.
std::string short_name(const std::string& group) {
  return group.substr(group.rfind('/') + 1);
}

std::vector<aws::StackResource> resources_of(const deploy::StackTarget& target, deploy::StackAccess& access) {
  try {
    return deploy::all_resources(access.cloudformation, target.name);
  } catch (const aws::ServiceError& error) {
    if (aws::is_missing_stack(error)) throw deploy::missing_stack(target);
    throw;
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

std::vector<std::string> log_groups(const LogsOptions& options, const deploy::StackTarget& target,
                                    deploy::StackAccess& access) {
  std::vector<std::string> groups, names;
  for (const aws::StackResource& resource : resources_of(target, access)) {
    if (resource.type != "AWS::Logs::LogGroup" || resource.physical_id.empty()) continue;
    names.push_back(short_name(resource.physical_id));
    const bool wanted =
        options.function.empty() || to_lower(names.back()).find(to_lower(options.function)) != std::string::npos;
    if (wanted) groups.push_back(resource.physical_id);
  }
  if (!groups.empty()) return groups;
  const std::string what =
      options.function.empty() ? "no log group" : fmt::format("no log group of '{}'", options.function);
  throw Error(ErrorKind::kNotFound, fmt::format("'{}' has {}", target.name, what),
              names.empty() ? "" : "it has: " + join(names, ", "));
}

/// What the groups have had since a time, each event once.
class LogReader {
 public:
  LogReader(aws::Logs& logs, std::vector<std::string> groups, const LogsOptions& options, std::int64_t start)
      : logs_(logs), groups_(std::move(groups)), filter_(options.filter), start_(start) {}

  /// The new events of all groups, in time order.
  std::vector<aws::LogEvent> read(const aws::CallContext& call) {
    std::vector<aws::LogEvent> fresh;
    for (const std::string& group : groups_) read_group(group, call, fresh);
    std::stable_sort(fresh.begin(), fresh.end(),
                     [](const aws::LogEvent& a, const aws::LogEvent& b) { return a.timestamp < b.timestamp; });
    if (!fresh.empty()) start_ = std::max(start_, fresh.back().timestamp - kLateMs);
    std::erase_if(shown_, [&](const auto& entry) { return entry.second < start_; });
    return fresh;
  }

 private:
  void read_group(const std::string& group, const aws::CallContext& call, std::vector<aws::LogEvent>& fresh) {
    std::string page;
    for (std::size_t i = 0; i < kMaxPages; ++i) {
      aws::LogPage found;
      try {
        found = logs_.filter_log_events({group, start_, filter_}, page, call);
      } catch (const aws::ServiceError& error) {
        // A function that was never called has no group yet.
        if (error.kind() == ErrorKind::kNotFound) return;
        throw;
      }
      for (aws::LogEvent& event : found.events)
        if (shown_.emplace(group + event.stream + event.id, event.timestamp).second) fresh.push_back(std::move(event));
      if (found.next.empty()) return;
      page = found.next;
    }
  }

  aws::Logs& logs_;
  std::vector<std::string> groups_;
  std::string filter_;
  std::int64_t start_;
  std::map<std::string, std::int64_t> shown_;
};

void print(const std::vector<aws::LogEvent>& events, const Console& console) {
  for (const aws::LogEvent& event : events) {
    const std::string message = is_utf8(event.message) ? strip_control(trim(event.message)) : "(unreadable)";
    console.out(fmt::format("{} {} {}\n", console.style_out("2", iso8601_ms(from_epoch_ms(event.timestamp))),
                            console.style_out("36", short_name(event.group)), message));
  }
}

int run_logs(const LogsOptions& options, Context& context) {
  const SystemTime since = since_when(options.since, context.clock.now());
  const deploy::StackTarget target = resolve_stack(options.stack, context);
  const auto poll =
      std::chrono::duration_cast<std::chrono::milliseconds>(parse_duration(options.poll, "--poll-interval"));
  const Interrupts interrupts;
  deploy::StackAccess access(target, context, interrupts.token());
  aws::Logs logs(access.http, deploy::client_options(target, context, "CLOUDWATCH_LOGS", "logs", interrupts.token()),
                 access.credentials, context.clock);
  const auto read_on = [&] {
    LogReader reader(logs, log_groups(options, target, access), options, epoch_ms(since));
    print(reader.read({}), context.console);
    if (!options.follow) return 0;
    while (!interrupts.wait(poll)) print(reader.read({}), context.console);
    return exit_code(ErrorKind::kInterrupted);
  };
  try {
    return unless_interrupted(interrupts, "", read_on);
  } catch (const Error& error) {
    // That is how following ends: nothing to be told about.
    if (!options.follow || error.kind() != ErrorKind::kInterrupted) throw;
    return exit_code(ErrorKind::kInterrupted);
  }
}

}  // namespace

void add_logs(const Command& app, Context& context) {
  auto options = std::make_shared<LogsOptions>();
  const Command command = app.add_subcommand("logs", "Print the logs of the stack's functions, in time order");
  add_stack_options(command, options->stack);
  command.add_option("--function", options->function, "of this function only, such as generate");
  command.add_option("--since", options->since,
                     "how far back, such as 10m, 2h or 1d, or from when, such as 2024-02-19T07:00:00Z");
  command.add_option("--filter", options->filter, "CloudWatch filter pattern, such as '{ $.level = \"error\" }'");
  command.add_flag("--follow", options->follow, "go on until Ctrl-C");
  command.add_option("--poll-interval", options->poll, "how often --follow asks");
  command.runs([options, &context] { return run_logs(*options, context); });
}

}  // namespace wsdeep::commands
