#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Drawings of characters, whose width on the screen is known.
namespace wsdeep::load {

/// `#####-----`: a part of a whole, `width` columns.
std::string bar_mark(double part, double whole, std::size_t width);

/// Of the values, in their order, `count`: each the largest of those that fall together; nothing where there is none.
/// Fewer values than that are each said several times.
std::vector<std::optional<double>> squeezed(const std::vector<std::optional<double>>& values, std::size_t count);

/// `▁▂▃▅█`: a column for each value, from 0 to the largest; a blank where there is none.
std::string sparkline(const std::vector<std::optional<double>>& values);

/// The same, `height` rows high: the rows from the uppermost on, a column for each value.
std::vector<std::string> plot_rows(const std::vector<std::optional<double>>& values, std::size_t height);

}  // namespace wsdeep::load
