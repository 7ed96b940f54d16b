#include "preflight/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "base/printable.h"

namespace wsdeep::preflight {
namespace {

constexpr std::size_t kSeverityWidth = 9;
constexpr std::size_t kCheckWidth = 20;

std::string_view sgr_of(Severity severity, const deploy::ChangeStyle& style) {
  switch (severity) {
    case Severity::kOk:
      return style.add;
    case Severity::kNote:
      return style.dim;
    case Severity::kWarning:
      return style.modify;
    case Severity::kError:
      return style.danger;
  }
  return {};
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

std::string detail(const char* name, const std::string& text, const deploy::ChangeStyle& style) {
  if (text.empty()) return {};
  const std::string begin = fmt::format("{:{}}{}  ", "", kSeverityWidth, name);
  return wrap(begin + strip_control(text), style.columns, begin.size()) + "\n";
}

}  // namespace

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count == 0 ? "no" : std::to_string(count), what, count == 1 ? "" : "s");
}

std::string as_text(const Findings& findings, const deploy::ChangeStyle& style) {
  std::string text;
  for (const Finding& one : findings) {
    const std::string begin = padded(name_of(one.severity), kSeverityWidth) + padded(one.check, kCheckWidth);
    std::string line = wrap(begin + strip_control(one.what), style.columns, begin.size());
    const std::size_t name = name_of(one.severity).size();
    text += styled(sgr_of(one.severity, style), line.substr(0, name)) + line.substr(name) + "\n";
    text += detail("why", one.why, style) + detail("fix", one.fix, style);
  }
  return text;
}

std::string as_json(const Findings& findings, const Place& place) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& one : findings)
    list.push_back({{"check", one.check},
                    {"severity", name_of(one.severity)},
                    {"what", one.what},
                    {"why", one.why},
                    {"fix", one.fix},
                    {"part", one.of_fleet ? "fleet" : "service"}});
  const nlohmann::ordered_json document{{"environment", place.environment},
                                        {"stack", place.stack},
                                        {"region", place.region},
                                        {"errors", count_of(findings, Severity::kError)},
                                        {"warnings", count_of(findings, Severity::kWarning)},
                                        {"findings", std::move(list)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string error_lines(const Findings& findings) {
  std::string text;
  for (const Finding& one : findings) {
    if (one.severity != Severity::kError) continue;
    text += fmt::format("  {}: {}\n", one.check, strip_control(one.what));
    if (!one.why.empty()) text += fmt::format("    why  {}\n", strip_control(one.why));
    if (!one.fix.empty()) text += fmt::format("    fix  {}\n", strip_control(one.fix));
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace wsdeep::preflight
