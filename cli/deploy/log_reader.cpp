#include "deploy/log_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "deploy/resources.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kMaxPages = 200;    // of one group at once: two million events
constexpr std::int64_t kLateMs = 10'000;  // events of one stream may arrive that much after those of another

std::vector<aws::StackResource> resources_of(StackSession& session) {
  try {
    return all_resources(session.access.cloudformation, session.target.name);
  } catch (const aws::ServiceError& error) {
    if (aws::is_missing_stack(error)) throw missing_stack(session.target);
    throw;
  }
}

}  // namespace

std::string short_name(const std::string& log_group) {
  return log_group.substr(log_group.rfind('/') + 1);
}

std::vector<std::string> log_groups(StackSession& session, const std::string& function) {
  std::vector<std::string> groups, names;
  for (const aws::StackResource& resource : resources_of(session)) {
    if (resource.type != "AWS::Logs::LogGroup" || resource.physical_id.empty()) continue;
    names.push_back(short_name(resource.physical_id));
    const bool wanted = function.empty() || to_lower(names.back()).find(to_lower(function)) != std::string::npos;
    if (wanted) groups.push_back(resource.physical_id);
  }
  if (!groups.empty()) return groups;
  const std::string what = function.empty() ? "no log group" : fmt::format("no log group of '{}'", function);
  throw Error(ErrorKind::kNotFound, fmt::format("'{}' has {}", session.target.name, what),
              names.empty() ? "" : "it has: " + join(names, ", "));
}

std::string writer_of(const aws::LogEvent& event) {
  const bool of_node = event.group.starts_with("/wsdeep/") && event.group.ends_with("/nodes");
  return of_node ? event.stream : short_name(event.group);
}

LogReader::LogReader(StackSession& session, std::vector<std::string> groups, LogFilter filter, std::int64_t start_ms)
    : logs_(session.access.http, session.client_options("CLOUDWATCH_LOGS", "logs"), session.access.credentials,
            session.context.clock),
      groups_(std::move(groups)),
      filter_(std::move(filter)),
      start_(start_ms) {}

std::vector<aws::LogEvent> LogReader::read() {
  std::vector<aws::LogEvent> fresh;
  for (const std::string& group : groups_) read_group(group, fresh);
  std::stable_sort(fresh.begin(), fresh.end(),
                   [](const aws::LogEvent& a, const aws::LogEvent& b) { return a.timestamp < b.timestamp; });
  if (!fresh.empty()) start_ = std::max(start_, fresh.back().timestamp - kLateMs);
  std::erase_if(shown_, [&](const auto& entry) { return entry.second < start_; });
  return fresh;
}

void LogReader::read_group(const std::string& group, std::vector<aws::LogEvent>& fresh) {
  std::string page;
  for (std::size_t i = 0; i < kMaxPages; ++i) {
    aws::LogPage found;
    try {
      found = logs_.filter_log_events({group, start_, filter_.pattern, filter_.stream}, page);
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

}  // namespace wsdeep::deploy
