#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What the parts of a screen are written with. Private to screen/.
namespace wsdeep::load {

inline constexpr std::size_t kScreenHeadWidth = 10;  ///< of what stands before a line, as in the report

/// How wide a part is, and whether it may be coloured.
struct Canvas {
  std::size_t columns = 80;
  bool colour = false;

  /// `text` in colour, where there are colours: an SGR sequence such as "31".
  std::string coloured(std::string_view sgr, const std::string& text) const;
  /// A head and behind it as many of the parts as fit, but the first in any case; none that
  /// is empty.
  std::string fitted(std::string_view head, const std::vector<std::string>& parts) const;
};

/// A line of a list that may have to be cut: those that are more urgent stay.
struct RankedLine {
  int urgency = 0;
  std::string text{};
};

/// A list below its heading.
struct ScreenList {
  std::string heading{};
  std::string brief{};  ///< one line for all, where there is no room for a list
  std::vector<RankedLine> lines{};

  std::size_t rows() const { return lines.empty() ? 0 : lines.size() + 1; }
  /// In so many rows at most: the most urgent lines, and how many more there are; in less than three all in brief.
  std::vector<std::string> in_rows(std::size_t most) const;
};

/// `text` and blanks behind it, cut in its middle where it is too wide.
std::string in_columns(const std::string& text, std::size_t columns);

}  // namespace wsdeep::load
