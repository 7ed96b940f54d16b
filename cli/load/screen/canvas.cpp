#include "load/screen/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/display.h"

namespace wsdeep::load {

std::string Canvas::coloured(std::string_view sgr, const std::string& text) const {
  return colour ? styled(sgr, text) : text;
}

std::string Canvas::fitted(std::string_view head, const std::vector<std::string>& parts) const {
  std::string line = fmt::format("{:<{}}", head, kScreenHeadWidth);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (parts[part].empty()) continue;
    const std::string more = (part == 0 ? "" : "  ") + parts[part];
    if (part > 0 && display_width(line) + display_width(more) > columns) break;
    line += more;
  }
  return line;
}

std::vector<std::string> ScreenList::in_rows(std::size_t most) const {
  constexpr std::size_t kLeastRows = 3;
  if (lines.empty() || most == 0) return {};
  if (most < std::min(kLeastRows, rows())) return {brief};
  std::vector<std::string> shown{heading};
  if (rows() <= most) {
    for (const RankedLine& line : lines) shown.push_back(line.text);
    return shown;
  }
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{}, [this](std::size_t line) { return lines[line].urgency; });
  order.resize(most - 2);
  std::ranges::sort(order);
  for (const std::size_t line : order) shown.push_back(lines[line].text);
  shown.push_back(fmt::format("… and {} more", lines.size() - order.size()));
  return shown;
}

std::string in_columns(const std::string& text, std::size_t columns) {
  const std::string cut = cut_middle(text, columns);
  return cut + std::string(columns - std::min(columns, display_width(cut)), ' ');
}

}  // namespace wsdeep::load
