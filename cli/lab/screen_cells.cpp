#include "lab/screen_cells.h"

#include <algorithm>

namespace wsdeep::lab {
namespace {

/// What erasing leaves has the background of the pen, and nothing else of it.
Cell blank(const Pen& pen) {
  Cell cell;
  cell.pen.background = pen.background;
  return cell;
}

}  // namespace

std::vector<Cell> Cells::line(const Pen& pen) const {
  return std::vector<Cell>(static_cast<std::size_t>(cols_), blank(pen));
}

std::size_t Cells::row_index(int row) const {
  return static_cast<std::size_t>(std::clamp(row, 0, rows() - 1));
}

std::size_t Cells::col_index(int col) const {
  return static_cast<std::size_t>(std::clamp(col, 0, cols_ - 1));
}

void Cells::erase(int row, int from, int to, const Pen& pen) {
  for (int col = std::max(from, 0); col < std::min(to, cols_); ++col) at(row, col) = blank(pen);
}

void Cells::scroll(int top, int bottom, int count, const Pen& pen) {
  top = std::clamp(top, 0, rows() - 1);
  bottom = std::clamp(bottom, top, rows() - 1);
  const int height = bottom - top + 1;
  count = std::clamp(count, -height, height);
  const auto begin = lines_.begin() + top;
  const auto end = lines_.begin() + bottom + 1;
  if (count > 0) {
    std::rotate(begin, begin + count, end);
    std::fill(end - count, end, line(pen));
  } else if (count < 0) {
    std::rotate(begin, end + count, end);
    std::fill(begin, begin - count, line(pen));
  }
}

void Cells::shift(int row, int col, int count, const Pen& pen) {
  auto& cells = lines_[row_index(row)];
  const int from = static_cast<int>(col_index(col));
  const int left = cols_ - from;
  count = std::clamp(count, -left, left);
  const auto begin = cells.begin() + from;
  if (count > 0) {
    std::rotate(begin, cells.end() - count, cells.end());
    std::fill(begin, begin + count, blank(pen));
  } else if (count < 0) {
    std::rotate(begin, begin - count, cells.end());
    std::fill(cells.end() + count, cells.end(), blank(pen));
  }
}

void Cells::resize(int cols, int rows, int drop_top) {
  cols_ = cols;
  lines_.erase(lines_.begin(), lines_.begin() + std::clamp(drop_top, 0, this->rows()));
  for (auto& one : lines_) {
    one.resize(static_cast<std::size_t>(cols));
    if (one.back().width == 2) one.back() = Cell();
  }
  lines_.resize(static_cast<std::size_t>(rows), line(Pen()));
}

}  // namespace wsdeep::lab
