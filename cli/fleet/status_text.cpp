#include "fleet/status_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "fleet/launch_failure.h"

namespace wsdeep::fleet {
namespace {

constexpr std::size_t kLabel = 10;
constexpr const char* kUnknown = "-";

/// A column of the table: its name, what stands in it, and how early a narrow screen does without it (0: never).
struct Column {
  const char* name;
  std::string (*text)(const Node&, SystemTime);
  int dispensable;
  bool right;
};

std::string number_text(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : kUnknown;
}

std::string ttft_text(const Node& node) {
  if (!node.ttft_p50_ms) return kUnknown;
  return human_duration(std::chrono::milliseconds(static_cast<std::int64_t>(*node.ttft_p50_ms)));
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? kUnknown : printable(text);
}

const Column kColumns[] = {
    {"NODE", [](const Node& n, SystemTime) { return printable(n.id); }, 0, false},
    {"TYPE", [](const Node& n, SystemTime) { return or_unknown(n.type); }, 2, false},
    {"ZONE", [](const Node& n, SystemTime) { return or_unknown(n.zone); }, 5, false},
    {"BUY", [](const Node& n, SystemTime) { return std::string(!n.spot   ? kUnknown
                                                               : *n.spot ? "spot"
                                                                         : "demand"); }, 4,
     false},
    {"AGE",
     [](const Node& n, SystemTime now) { return n.launched ? age_text(*n.launched, now) : std::string(kUnknown); }, 3,
     true},
    {"STATE", [](const Node& n, SystemTime) { return or_unknown(n.lifecycle); }, 0, false},
    {"TARGET", [](const Node& n, SystemTime) { return or_unknown(n.target); }, 0, false},
    {"LOAD", [](const Node& n, SystemTime) { return number_text(n.load, 2); }, 0, true},
    {"RUN", [](const Node& n, SystemTime) { return number_text(n.running, 0); }, 7, true},
    {"WAIT", [](const Node& n, SystemTime) { return number_text(n.waiting, 0); }, 6, true},
    {"TTFT", [](const Node& n, SystemTime) { return ttft_text(n); }, 1, true},
    {"$/H",
     [](const Node& n, SystemTime) { return n.usd_per_hour ? fmt::format("{:.4f}", *n.usd_per_hour) : kUnknown; }, 1,
     true},
};

std::string node_colour(const Node& node, const deploy::ChangeStyle& style) {
  if (node.serves()) return style.add;
  if (node.target == "unhealthy" || node.target == "unavailable" || node.lifecycle == "outside") return style.danger;
  return style.modify;
}

/// The table's columns that fit, those that a narrow screen can do without dropped one after another.
class Table {
 public:
  Table(const Group& group, SystemTime now, std::size_t columns) {
    for (const Column& column : kColumns) add(column, group, now);
    for (int least = 7; columns > 0 && width() > columns && least > 0; --least)
      std::erase_if(columns_, [&](const Filled& one) { return one.column->dispensable == least; });
  }

  std::string header() const { return row(0); }
  std::string row_of(std::size_t node) const { return row(node + 1); }

 private:
  struct Filled {
    const Column* column;
    std::size_t width;
    std::vector<std::string> cells;  ///< the first is the name
  };

  void add(const Column& column, const Group& group, SystemTime now) {
    Filled filled{&column, std::string_view(column.name).size(), {column.name}};
    for (const Node& node : group.nodes) {
      filled.cells.push_back(column.text(node, now));
      filled.width = std::max(filled.width, display_width(filled.cells.back()));
    }
    columns_.push_back(std::move(filled));
  }

  std::size_t width() const {
    std::size_t sum = 0;
    for (const Filled& one : columns_) sum += one.width + 2;
    return sum - 2;
  }

  std::string row(std::size_t number) const {
    std::string line;
    for (const Filled& one : columns_) {
      const std::string& cell = one.cells[number];
      const std::string blanks(one.width - display_width(cell), ' ');
      if (!line.empty()) line += "  ";
      line += one.column->right ? blanks + cell : cell + blanks;
    }
    return std::string(line.substr(0, line.find_last_not_of(' ') + 1));
  }

  std::vector<Filled> columns_;
};

/// `label     text`, broken where the screen is too narrow.
void add_line(std::vector<std::string>& out, const char* label, const std::string& text,
              const deploy::ChangeStyle& style, const std::string& colour = {}) {
  const std::string whole = wrap(fmt::format("{:<{}}{}", label, kLabel, text), style.columns, kLabel);
  for (const std::string_view line : split(whole, '\n')) out.push_back(styled(colour, std::string(line)));
}

std::optional<double> mean_load(const Group& group) {
  double sum = 0;
  std::size_t count = 0;
  for (const Node& node : group.nodes)
    if (node.serves() && node.load) sum += *node.load, ++count;
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

void add_activities(const Group& group, const deploy::ChangeStyle& style, std::vector<std::string>& out) {
  if (!group.suspended.empty()) add_line(out, "suspended", join(group.suspended, ", "), style, style.modify);
  if (group.warm)
    add_line(out, "warm pool", fmt::format("{}, {}", nodes_text(*group.warm), to_lower(group.warm_state)), style);
  if (group.refresh && is_under_way(*group.refresh)) {
    const aws::InstanceRefresh& refresh = *group.refresh;
    add_line(out, "refresh",
             fmt::format("{} {} %, {} to replace{}", refresh.status, refresh.percent, refresh.left,
                         refresh.reason.empty() ? "" : "  " + printable(refresh.reason)),
             style, style.modify);
  }
  for (const aws::ScalingActivity& one : group.activities)
    if (is_under_way(one)) add_line(out, "activity", activity_text(one), style);
  if (const auto* failed = group.last_failure()) {
    add_line(out, "failed", activity_text(*failed), style, style.danger);
    if (const std::string remedy = remedy_text(*failed); !remedy.empty()) add_line(out, "to do", remedy, style);
  }
}

void add_nodes(const Group& group, SystemTime now, const deploy::ChangeStyle& style, std::vector<std::string>& out) {
  if (group.nodes.empty()) return;
  // What does not serve comes first: a low screen may not show all of them.
  Group ordered = group;
  std::stable_partition(ordered.nodes.begin(), ordered.nodes.end(), [](const Node& node) { return !node.serves(); });
  const Table table(ordered, now, style.columns);
  out.push_back(styled(style.dim, table.header()));
  for (std::size_t i = 0; i < ordered.nodes.size(); ++i) {
    const Node& node = ordered.nodes[i];
    out.push_back(styled(node_colour(node, style), table.row_of(i)));
    if (!node.reason.empty()) add_line(out, "", printable(node.reason), style, style.dim);
    if (const std::string stage = stage_text(node); !stage.empty())
      add_line(out, "", stage, style, node.has_failed() ? style.danger : style.dim);
  }
}

void add_group(const char* label, const Group& group, const Snapshot& snapshot, const deploy::ChangeStyle& style,
               std::vector<std::string>& out) {
  add_line(out, label,
           fmt::format("{} in {}  min {}, desired {}, max {}", group.name, snapshot.region, group.min, group.desired,
                       group.max),
           style);
  std::string line = summary_of(group);
  if (const auto load = mean_load(group)) line += fmt::format("; load {:.2f}", *load);
  const Cost cost = cost_of(group);
  line += fmt::format("; {}{}", cost.unknown == group.nodes.size() && cost.unknown > 0 ? "price " : "",
                      cost_text(cost, group.nodes.size()));
  const bool well = group.serving() == static_cast<std::size_t>(group.desired) && group.desired > 0;
  add_line(out, "", line, style, well ? style.add : style.modify);
  add_activities(group, style, out);
  add_nodes(group, snapshot.at, style, out);
}

}  // namespace

std::string summary_of(const Group& group) {
  const auto count = [&](auto which) { return std::count_if(group.nodes.begin(), group.nodes.end(), which); };
  std::string text = fmt::format("{} of {} serve", group.serving(), group.desired);
  const auto add = [&](std::ptrdiff_t number, const char* what) {
    if (number > 0) text += fmt::format(", {} {}", number, what);
  };
  add(count([](const Node& n) { return n.is_coming(); }), "coming");
  add(count([](const Node& n) { return n.lifecycle == "InService" && !n.serves(); }), "not healthy");
  add(count([](const Node& n) { return n.is_leaving(); }), "leaving");
  add(count([](const Node& n) { return n.is_standby(); }), "standing by");
  add(count([](const Node& n) { return n.lifecycle == "outside"; }), "outside of the group");
  return text;
}

std::string state_of(const Node& node) {
  return node.target.empty() ? node.lifecycle : node.lifecycle + " " + node.target;
}

std::string stage_text(const Node& node) {
  if (!node.stage) return "";
  const std::string& detail = node.stage->detail;
  if (node.has_failed()) return fmt::format("failed: {}; see why with wsdeep logs --node {}", detail, node.id);
  return detail.empty() ? node.stage->stage : fmt::format("{} {}", node.stage->stage, detail);
}

std::string age_text(SystemTime since, SystemTime now) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - since).count());
  const std::int64_t minutes = seconds / 60, hours = minutes / 60;
  if (minutes == 0) return fmt::format("{}s", seconds);
  if (hours == 0) return fmt::format("{}m", minutes);
  if (hours < 48) return fmt::format("{}h{:02}m", hours, minutes % 60);
  return fmt::format("{}d{}h", hours / 24, hours % 24);
}

std::string activity_text(const aws::ScalingActivity& activity) {
  const std::string time = activity.start.size() >= 19 ? activity.start.substr(11, 8) + "  " : "";
  std::string what = activity.description;
  // A description that has the reason in it ends before it: the message says it, too.
  if (const auto reason = what.find("Status Reason:"); reason != std::string::npos) what = what.substr(0, reason);
  what = std::string(trim(what));
  if (what.ends_with('.')) what.pop_back();
  const std::string progress = activity.progress.empty() || activity.progress == "100" || activity.progress == "0"
                                   ? ""
                                   : fmt::format(" {} %", activity.progress);
  const std::string reason = activity.message.empty() ? "" : ": " + activity.message;
  return printable(fmt::format("{}{}  {}{}{}", time, what, activity.status, progress, reason));
}

std::string remedy_text(const aws::ScalingActivity& activity) {
  if (!has_failed(activity) || !is_launch(activity)) return "";
  const LaunchFailure failure = explain_launch(activity);
  return failure.code.empty() ? std::string(failure.remedy) : fmt::format("{}: {}", failure.code, failure.remedy);
}

Cost cost_of(const Group& group) {
  Cost cost;
  for (const Node& node : group.nodes) {
    if (node.usd_per_hour)
      cost.usd_per_hour += *node.usd_per_hour;
    else
      ++cost.unknown;
  }
  return cost;
}

void cut_lines(std::vector<std::string>& lines, std::size_t rows, const deploy::ChangeStyle& style) {
  if (lines.size() <= rows || rows == 0) return;
  const std::size_t hidden = lines.size() - rows + 1;
  lines.resize(rows - 1);
  lines.push_back(styled(style.dim, fmt::format("… and {} lines more", hidden)));
}

std::vector<std::string> status_lines(const Snapshot& snapshot, const deploy::ChangeStyle& style, const char* label) {
  std::vector<std::string> lines;
  add_group(label, snapshot.main, snapshot, style, lines);
  const RolloutState& rollout = snapshot.rollout;
  if (rollout.is_under_way()) {
    lines.emplace_back();
    add_line(lines, "rollout", fmt::format("{} gets {} % of the traffic", printable(rollout.model), rollout.weight),
             style);
    if (snapshot.rollout_group) add_group("", *snapshot.rollout_group, snapshot, style, lines);
  }
  for (const std::string& note : snapshot.notes) add_line(lines, "note", note, style, style.dim);
  return lines;
}

}  // namespace wsdeep::fleet
