#include "deploy/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/utf8.h"
#include "deploy/change_set.h"
#include "deploy/security_changes.h"

namespace wsdeep::deploy {
namespace {

using nlohmann::ordered_json;

/// GitHub takes comments of 65,536 characters; two stacks of a deployment go into one.
constexpr std::size_t kMostFolded = 20'000;
constexpr std::size_t kMostRows = 80;  // of a table

const char* name_of(Fate fate) {
  switch (fate) {
    case Fate::kAdd:
      return "add";
    case Fate::kModify:
      return "change";
    case Fate::kMayReplace:
      return "may_replace";
    case Fate::kReplace:
      return "replace";
    case Fate::kRemove:
      return "remove";
  }
  return "";
}

/// JSON and Markdown are UTF-8, whatever a template held.
std::string readable(const std::string& text) {
  return is_utf8(text) ? strip_control(text) : "(unreadable)";
}

std::string path_of(const aws::PropertyChange& change) {
  std::string path = readable(change.path.empty() ? change.attribute : change.path);
  if (path.starts_with("/Properties/")) path = path.substr(12);
  if (path.starts_with('/')) path = path.substr(1);
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

/// What may not be said to be harmless: gone for good, unless it is kept.
std::string loss_by(const aws::ResourceChange& change) {
  const Fate fate = fate_of(change);
  const bool goes = fate == Fate::kRemove || fate == Fate::kReplace || fate == Fate::kMayReplace;
  if (!goes || change.policy_action.find("Retain") != std::string::npos) return {};
  return loss_of(change.type);
}

ordered_json json_of(const std::vector<aws::PropertyChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const aws::PropertyChange& change : changes) {
    ordered_json one{{"path", path_of(change)}};
    if (change.before) one["before"] = readable(*change.before);
    if (change.after) one["after"] = readable(*change.after);
    list.push_back(std::move(one));
  }
  return list;
}

ordered_json security_json(const std::vector<aws::ResourceChange>& resources) {
  ordered_json list = ordered_json::array();
  for (const SecurityChange& change : security_changes(resources))
    list.push_back({{"resource", change.logical_id},
                    {"what", readable(change.what)},
                    {"widens", change.widens},
                    {"warning", readable(change.warning)}});
  return list;
}

/// What a stack and a nested one have in common.
void add_diff(ordered_json& into, const TemplateDiff& diff) {
  into["summary"] = summary_of(diff.resources);
  into["security"] = security_json(diff.resources);
  into["resources"] = ordered_json::array();
  for (const aws::ResourceChange& change : diff.resources)
    into["resources"].push_back({{"id", readable(change.logical_id)},
                                 {"type", readable(change.type)},
                                 {"fate", name_of(fate_of(change))},
                                 {"loss", loss_by(change)},
                                 {"properties", json_of(change.properties)}});
  into["other_sections"] = json_of(diff.others);
}

/// Within a cell of a table: nothing in it may end the cell, or begin a format.
std::string cell(const std::string& text) {
  std::string out;
  for (const char letter : readable(text)) {
    if (letter == '\n' || letter == '\r') {
      out += ' ';
    } else if (letter == '<') {
      out += "&lt;";
    } else {
      if (std::string_view("\\`*_|[]~#@").find(letter) != std::string_view::npos) out += '\\';
      out += letter;
    }
  }
  return out;
}

/// Those that nobody may overlook first.
std::vector<const aws::ResourceChange*> by_weight(const std::vector<aws::ResourceChange>& changes) {
  std::vector<const aws::ResourceChange*> ordered;
  for (const aws::ResourceChange& change : changes) ordered.push_back(&change);
  const auto weight = [](const aws::ResourceChange* change) {
    const Fate fate = fate_of(*change);
    if (!loss_by(*change).empty()) return 0;
    return fate == Fate::kReplace || fate == Fate::kRemove || fate == Fate::kMayReplace ? 1 : 2;
  };
  std::stable_sort(ordered.begin(), ordered.end(), [&](const auto* a, const auto* b) {
    return std::pair(weight(a), std::string_view(a->logical_id)) <
           std::pair(weight(b), std::string_view(b->logical_id));
  });
  return ordered;
}

/// The heaviest stand first, and so it is the others that a long table leaves out.
std::string more_rows(std::size_t count) {
  return count <= kMostRows ? "" : fmt::format("\nand {} more: see wsdeep diff\n", count - kMostRows);
}

std::string security_table(const std::vector<aws::ResourceChange>& resources) {
  std::vector<SecurityChange> changes = security_changes(resources);
  if (changes.empty()) return {};
  const auto weight = [](const SecurityChange& one) { return !one.warning.empty() ? 0 : one.widens ? 1 : 2; };
  std::stable_sort(changes.begin(), changes.end(), [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
  std::string out = "\n**Who may do and reach what**\n\n| | resource | change |\n|---|---|---|\n";
  for (std::size_t i = 0; i < std::min(kMostRows, changes.size()); ++i) {
    const SecurityChange& one = changes[i];
    out += fmt::format("| {} | {} | {}{} |\n",
                       !one.warning.empty() ? "**too wide**"
                       : one.widens         ? "wider"
                                            : "narrower",
                       cell(one.logical_id), cell(one.what), one.warning.empty() ? "" : ": " + cell(one.warning));
  }
  return out + more_rows(changes.size());
}

std::string resource_table(const std::vector<aws::ResourceChange>& resources) {
  if (resources.empty()) return {};
  std::string out = "\n| | resource | type | |\n|---|---|---|---|\n";
  const auto ordered = by_weight(resources);
  for (std::size_t i = 0; i < std::min(kMostRows, ordered.size()); ++i) {
    const aws::ResourceChange* change = ordered[i];
    const Fate fate = fate_of(*change);
    const std::string loss = loss_by(*change);
    const bool grave = fate != Fate::kAdd && fate != Fate::kModify;
    const std::string words = fate == Fate::kMayReplace ? "may be replaced" : name_of(fate);
    out += fmt::format("| {} | {} | {} | {} |\n", grave ? "**" + words + "**" : words, cell(change->logical_id),
                       cell(change->type), loss.empty() ? "" : "**will be lost:** " + cell(loss));
  }
  return out + more_rows(ordered.size());
}

std::string diff_lines(const std::string& head, const std::vector<aws::PropertyChange>& changes) {
  std::string out = "  " + head + "\n";
  const auto line = [](char mark, const std::string& path, const std::string& value) {
    std::string text = readable(value);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return fmt::format("{}   {}: {}\n", mark, path, text);
  };
  for (const aws::PropertyChange& change : changes) {
    if (change.before) out += line('-', path_of(change), *change.before);
    if (change.after) out += line('+', path_of(change), *change.after);
  }
  return out;
}

/// As many whole lines as there is room for.
std::string cut_lines(const std::string& lines, std::size_t most) {
  if (lines.size() <= most) return lines;
  const std::size_t end = lines.rfind('\n', most);
  const std::string kept = lines.substr(0, end == std::string::npos ? 0 : end + 1);
  const auto left = std::count(lines.begin() + static_cast<std::ptrdiff_t>(kept.size()), lines.end(), '\n');
  return kept + fmt::format("  and {} more lines: see wsdeep diff\n", left);
}

/// The fence is longer than any run of its mark in the text.
std::string folded(const std::string& title, const std::string& lines) {
  if (lines.empty()) return {};
  std::size_t longest = 2, run = 0;
  for (const char letter : lines) longest = std::max(longest, run = letter == '`' ? run + 1 : 0);
  const std::string fence(longest + 1, '`');
  return fmt::format("\n<details><summary>{}</summary>\n\n{}diff\n{}{}\n\n</details>\n", title, fence,
                     cut_lines(lines, kMostFolded), fence);
}

std::string lines_of(const TemplateDiff& diff) {
  std::string lines;
  for (const aws::ResourceChange& change : diff.resources)
    lines += diff_lines(
        fmt::format("{} ({}): {}", readable(change.logical_id), readable(change.type), name_of(fate_of(change))),
        change.properties);
  if (!diff.others.empty()) lines += diff_lines("other sections", diff.others);
  return lines;
}

std::string markdown_of(const TemplateDiff& diff) {
  return security_table(diff.resources) + resource_table(diff.resources);
}

ordered_json json_of_report(const PlanReport& report) {
  ordered_json root{
      {"stack", report.stack}, {"region", report.region}, {"new", report.is_new}, {"differs", report.differs}};
  add_diff(root, report.diff);
  root["parameters"] = json_of(report.parameters);
  root["nested"] = ordered_json::array();
  for (const NestedDifference& one : report.nested) {
    ordered_json nested{{"stack", one.path}};
    add_diff(nested, one.diff);
    root["nested"].push_back(std::move(nested));
  }
  return root;
}

std::string markdown_of_report(const PlanReport& report) {
  std::string out =
      fmt::format("### {} `{}` in {}\n\n", report.is_new ? "Create" : "Plan for", report.stack, report.region);
  if (!report.differs) return out + "Nothing changes.\n";
  out += fmt::format("**{}**{}\n", summary_of(report.diff.resources),
                     report.parameters.empty() ? ""
                                               : fmt::format(", {} parameter{}", report.parameters.size(),
                                                             report.parameters.size() == 1 ? "" : "s"));
  std::string lines;
  if (!report.parameters.empty()) lines += diff_lines("parameters", report.parameters);
  lines += lines_of(report.diff);
  out += markdown_of(report.diff);
  for (const NestedDifference& one : report.nested) {
    if (one.diff.empty()) continue;
    out += fmt::format("\n**Within {}: {}**\n", cell(one.path), summary_of(one.diff.resources)) + markdown_of(one.diff);
    lines += fmt::format("  within {}\n", readable(one.path)) + lines_of(one.diff);
  }
  return out + folded("line by line", lines);
}

}  // namespace

std::string plan_as_json(const std::vector<PlanReport>& reports) {
  ordered_json root{
      {"differs", std::any_of(reports.begin(), reports.end(), [](const auto& one) { return one.differs; })},
      {"stacks", ordered_json::array()}};
  for (const PlanReport& report : reports) root["stacks"].push_back(json_of_report(report));
  return root.dump(2) + "\n";
}

std::string plan_as_markdown(const std::vector<PlanReport>& reports) {
  std::string out;
  for (const PlanReport& report : reports) out += (out.empty() ? "" : "\n") + markdown_of_report(report);
  return out;
}

}  // namespace wsdeep::deploy
