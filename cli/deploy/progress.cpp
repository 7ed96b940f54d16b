#include "deploy/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "deploy/stack_state.h"

namespace wsdeep::deploy {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr const char* kStackType = "AWS::CloudFormation::Stack";

/// Whole seconds: nobody reads more of a deployment.
std::string elapsed(nanoseconds duration) {
  const auto whole = std::max(seconds(0), std::chrono::duration_cast<seconds>(duration)).count();
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

bool has_failed(std::string_view status) {
  return status.find("FAILED") != std::string_view::npos || status.find("ROLLBACK") != std::string_view::npos;
}

const std::string& colour_of(std::string_view status, const ChangeStyle& style) {
  if (has_failed(status)) return style.danger;
  return status.ends_with("_IN_PROGRESS") ? style.modify : style.add;
}

const char* mark_of(std::string_view status) {
  if (status.find("FAILED") != std::string_view::npos) return "✗";
  return status.ends_with("_IN_PROGRESS") ? "•" : "✓";
}

constexpr std::size_t kNarrow = 120;
constexpr std::size_t kNarrowPath = 28;

/// `width`: of the paths.
std::string resource_line(const Progress::Resource& resource, std::size_t width, SystemTime now,
                          const ChangeStyle& style) {
  const nanoseconds taken = resource.ended.value_or(now) - resource.began;
  const bool narrow = style.columns > 0 && style.columns < kNarrow;
  std::string line = fmt::format("  {} {:<{}} {:<18} {:>6}  ", mark_of(resource.status),
                                 cut_middle(resource.path, width), width, resource.status, elapsed(taken));
  const bool says_why = !resource.reason.empty() && has_failed(resource.status);
  // Where there is no room for both, why it failed tells more than what it is.
  if (!narrow || !says_why) line += resource.type + (says_why ? "  " : "");
  if (says_why) line += printable(trim(resource.reason));
  return styled(colour_of(resource.status, style), cut_end(line, style.columns));
}

/// Failed, running, done. What was only cancelled, because something else had failed, counts as done.
int rank_of(const Progress::Resource& resource) {
  const bool cancelled = resource.reason.find("cancelled") != std::string::npos;
  if (resource.status.ends_with("_FAILED")) return cancelled ? 2 : 0;
  return resource.status.ends_with("_IN_PROGRESS") ? 1 : 2;
}

}  // namespace

SystemTime event_time(const aws::StackEvent& event, SystemTime fallback) {
  try {
    return parse_iso8601(event.time);
  } catch (const Error&) {
    return fallback;
  }
}

Progress::Progress(std::string stack_id, std::string stack_name)
    : stack_id_(std::move(stack_id)), stack_name_(std::move(stack_name)) {}

std::string Progress::path_of(const aws::StackEvent& event) const {
  const auto nested = nested_.find(event.stack_id);
  return nested == nested_.end() ? event.logical_id : nested->second + "/" + event.logical_id;
}

bool Progress::add(const aws::StackEvent& event, SystemTime seen) {
  if (!known_.insert(event.id).second) return false;
  const SystemTime time = event_time(event, seen);
  if (!first_ || time < *first_) first_ = time;
  if (!last_ || time > *last_) last_ = time;
  offset_ = std::min(offset_.value_or(seen - time), seen - time);
  events_.push_back(event);
  const bool own = event.physical_id == event.stack_id;  // a stack's event about itself
  if (own) {
    if (event.stack_id == stack_id_) status_ = event.status;
    return true;
  }
  const std::string path = path_of(event);
  events_.back().logical_id = path;
  if (event.type == kStackType && !event.physical_id.empty()) nested_[event.physical_id] = path;
  const bool running = event.status.ends_with("_IN_PROGRESS");
  Resource& resource = resources_[path];
  if (resource.status.empty()) resource.first = time;
  // An update that turns into a rollback begins anew.
  if (resource.status.empty() || (running && resource.ended)) resource.began = time;
  resource.path = path;
  resource.type = event.type;
  resource.status = event.status;
  resource.reason = event.reason;
  resource.ended = running ? std::nullopt : std::optional(time);
  return true;
}

std::vector<Progress::NestedStack> Progress::nested_stacks() const {
  std::vector<NestedStack> stacks;
  for (const auto& [id, path] : nested_) stacks.push_back({id, path, resources_.at(path).first});
  return stacks;
}

SystemTime Progress::service_time(SystemTime local) const {
  return local - std::chrono::duration_cast<SystemTime::duration>(offset_.value_or(nanoseconds(0)));
}

nanoseconds Progress::duration() const {
  return first_ ? *last_ - *first_ : nanoseconds(0);
}

std::string Progress::line_of(const aws::StackEvent& event, const ChangeStyle& style) const {
  const std::string clock = event.time.size() >= 19 ? event.time.substr(11, 8) : event.time;
  const bool own = event.physical_id == event.stack_id;
  if (own && event.stack_id != stack_id_) return {};
  const std::string name = own ? event.stack_name : path_of(event);
  std::string line =
      fmt::format("{}  {}  {:<24}  {}", clock,
                  styled(colour_of(event.status, style), fmt::format("{:<27}", event.status)), name, event.type);
  const auto resource = resources_.find(path_of(event));
  if (!own && resource != resources_.end() && resource->second.ended)
    line += "  " + elapsed(*resource->second.ended - resource->second.began);
  if (!event.reason.empty() && has_failed(event.status)) line += fmt::format("  {}", printable(trim(event.reason)));
  return line + "\n";
}

std::size_t Progress::done() const {
  return static_cast<std::size_t>(std::count_if(resources_.begin(), resources_.end(),
                                                [](const auto& one) { return one.second.ended.has_value(); }));
}

/// Those that have run longest first.
std::vector<const Progress::Resource*> Progress::running() const {
  std::vector<const Resource*> found;
  for (const auto& [path, resource] : resources_)
    if (!resource.ended) found.push_back(&resource);
  std::stable_sort(found.begin(), found.end(),
                   [](const Resource* a, const Resource* b) { return a->began < b->began; });
  return found;
}

std::string Progress::waiting(SystemTime local_now) const {
  constexpr std::size_t kNamed = 3;
  if (!first_) return fmt::format("waiting for the first event of {}", stack_name_);
  const SystemTime now = service_time(local_now);
  std::vector<std::string> names;
  const std::vector<const Resource*> resources = running();
  for (std::size_t i = 0; i < std::min(kNamed, resources.size()); ++i)
    names.push_back(fmt::format("{} ({})", resources[i]->path, elapsed(now - resources[i]->began)));
  if (names.empty()) names.push_back(fmt::format("{} ({})", stack_name_, status_));
  std::string line = fmt::format("{}  {}, {} of {} resources done; waiting for {}", iso8601(now).substr(11, 8),
                                 elapsed(now - *first_), done(), resources_.size(), join(names, ", "));
  if (resources.size() > kNamed) line += fmt::format(" and {} more", resources.size() - kNamed);
  return line;
}

std::string Progress::chart(const ChangeStyle& style) const {
  constexpr std::size_t kColumns = 100, kAround = 14, kLeast = 10;  // mark, blanks and the time
  std::vector<const Resource*> ordered;
  std::size_t width = 1;
  for (const auto& [path, resource] : resources_) {
    ordered.push_back(&resource);
    width = std::max(width, std::min(utf8_length(path), kNarrowPath));
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Resource* a, const Resource* b) { return a->first < b->first; });
  const std::size_t columns = style.columns == 0 ? kColumns : style.columns;
  const std::size_t room = std::max(kLeast, columns - std::min(columns, width + kAround));
  const auto whole = std::max<std::int64_t>(1, duration().count());
  const auto scaled = [&](nanoseconds time) {
    return static_cast<std::size_t>(static_cast<double>(time.count()) / static_cast<double>(whole) *
                                    static_cast<double>(room));
  };
  std::string out;
  for (const Resource* resource : ordered) {
    const std::size_t from = std::min(room - 1, scaled(resource->first - *first_));
    const nanoseconds taken = resource->ended.value_or(*last_) - resource->first;
    const std::size_t length = std::clamp<std::size_t>(scaled(taken), 1, room - from);
    std::string bar(from, ' ');
    for (std::size_t i = 0; i < length; ++i) bar += "█";
    bar += std::string(room - from - length, ' ');
    const std::string line = fmt::format("  {} {:<{}}  {} {:>6}", mark_of(resource->status),
                                         cut_middle(resource->path, width), width, bar, elapsed(taken));
    out += styled(colour_of(resource->status, style), line) + "\n";
  }
  return out;
}

std::vector<std::string> Progress::screen(SystemTime local_now, std::size_t rows, const ChangeStyle& style) const {
  const SystemTime now = service_time(local_now);
  std::vector<const Resource*> ordered;
  std::size_t width = 1;
  for (const auto& [path, resource] : resources_) {
    ordered.push_back(&resource);
    width = std::max(width, utf8_length(path));
  }
  if (style.columns > 0 && style.columns < kNarrow) width = std::min(width, kNarrowPath);
  std::stable_sort(ordered.begin(), ordered.end(), [](const Resource* a, const Resource* b) {
    if (rank_of(*a) != rank_of(*b)) return rank_of(*a) < rank_of(*b);
    return rank_of(*a) == 2 ? a->ended > b->ended : a->began < b->began;
  });
  const bool over = !status_.empty() && !status_.ends_with("_IN_PROGRESS");
  const nanoseconds taken = over ? duration() : first_ ? now - *first_ : nanoseconds(0);
  std::vector<std::string> lines;
  lines.push_back(
      styled(colour_of(status_, style),
             cut_end(fmt::format("{}  {}  {}  {} of {} resources done", stack_name_,
                                 status_.empty() ? "starting" : status_, elapsed(taken), done(), ordered.size()),
                     style.columns)));
  const std::size_t room = std::max<std::size_t>(rows, 4) - 2;
  const std::size_t shown = ordered.size() <= room ? ordered.size() : room - 1;
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(resource_line(*ordered[i], width, now, style));
  if (shown < ordered.size())
    lines.push_back(styled(style.dim, fmt::format("  … and {} more", ordered.size() - shown)));
  return lines;
}

}  // namespace wsdeep::deploy
