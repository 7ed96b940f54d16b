#include "load/screen/marks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wsdeep::load {
namespace {

constexpr std::array kEighths = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::size_t kFull = kEighths.size() - 1;

double largest_of(const std::vector<std::optional<double>>& values) {
  double largest = 0;
  for (const auto& value : values) largest = std::max(largest, value.value_or(0));
  return largest;
}

/// Its height in eighths of a row; one at least, so that a 0 is seen where there is a value.
std::size_t eighths_of(double value, double largest, std::size_t height) {
  if (largest <= 0) return 1;
  const auto eighths = std::llround(std::max(0.0, value) / largest * static_cast<double>(height * kFull));
  return std::clamp<std::size_t>(static_cast<std::size_t>(eighths), 1, height * kFull);
}

}  // namespace

std::string bar_mark(double part, double whole, std::size_t width) {
  const double share = whole <= 0 ? 0 : std::clamp(part / whole, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(std::llround(share * static_cast<double>(width)));
  return std::string(filled, '#') + std::string(width - filled, '-');
}

std::vector<std::optional<double>> squeezed(const std::vector<std::optional<double>>& values, std::size_t count) {
  std::vector<std::optional<double>> columns(values.empty() ? 0 : count);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const std::size_t from = column * values.size() / count;
    const std::size_t to = std::max(from + 1, (column + 1) * values.size() / count);
    for (std::size_t at = from; at < to; ++at)
      if (values[at]) columns[column] = std::max(columns[column].value_or(*values[at]), *values[at]);
  }
  return columns;
}

std::vector<std::string> plot_rows(const std::vector<std::optional<double>>& values, std::size_t height) {
  const double largest = largest_of(values);
  std::vector<std::string> rows(height);
  for (const auto& value : values) {
    const std::size_t eighths = value ? eighths_of(*value, largest, height) : 0;
    for (std::size_t row = 0; row < height; ++row) {
      const std::size_t below = (height - 1 - row) * kFull;
      rows[row] += kEighths[eighths <= below ? 0 : std::min(eighths - below, kFull)];
    }
  }
  return rows;
}

std::string sparkline(const std::vector<std::optional<double>>& values) {
  return plot_rows(values, 1).front();
}

}  // namespace wsdeep::load
