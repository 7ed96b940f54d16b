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

void Cells::Line::store(std::size_t cols) {
  if (cells.size() < cols) cells.resize(cols, rest);
}

void Cells::Line::blank_all(const Cell& with) {
  cells.clear();
  rest = with;
}

std::size_t Cells::row_index(int row) const {
  return static_cast<std::size_t>(std::clamp(row, 0, rows() - 1));
}

std::size_t Cells::col_index(int col) const {
  return static_cast<std::size_t>(std::clamp(col, 0, cols_ - 1));
}

Cell& Cells::at(int row, int col) {
  Line& line = lines_[row_index(row)];
  const std::size_t index = col_index(col);
  line.store(index + 1);
  return line.cells[index];
}

const Cell& Cells::at(int row, int col) const {
  const Line& line = lines_[row_index(row)];
  const std::size_t index = col_index(col);
  return index < line.cells.size() ? line.cells[index] : line.rest;
}

void Cells::clear() {
  for (Line& line : lines_) line.blank_all(Cell());
}

void Cells::erase(int row, int from, int to, Pen pen) {
  from = std::max(from, 0);
  to = std::min(to, cols_);
  if (from >= to) return;
  Line& line = lines_[row_index(row)];
  const auto begin = static_cast<std::size_t>(from);
  const auto end = static_cast<std::size_t>(to);
  if (to == cols_) {
    line.cells.resize(begin, line.rest);
    line.rest = blank(pen);
    return;
  }
  line.store(end);
  std::fill(line.cells.begin() + from, line.cells.begin() + to, blank(pen));
}

void Cells::scroll(int top, int bottom, int count, Pen pen) {
  top = std::clamp(top, 0, rows() - 1);
  bottom = std::clamp(bottom, top, rows() - 1);
  const int height = bottom - top + 1;
  count = std::clamp(count, -height, height);
  const auto begin = lines_.begin() + top;
  const auto end = lines_.begin() + bottom + 1;
  const auto clear_line = [with = blank(pen)](Line& line) { line.blank_all(with); };
  if (count > 0) {
    std::rotate(begin, begin + count, end);
    std::for_each(end - count, end, clear_line);
  } else if (count < 0) {
    std::rotate(begin, end + count, end);
    std::for_each(begin, begin - count, clear_line);
  }
}

void Cells::shift(int row, int col, int count, Pen pen) {
  Line& line = lines_[row_index(row)];
  line.store(static_cast<std::size_t>(cols_));
  auto& cells = line.cells;
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
  const auto before = static_cast<std::size_t>(cols_);
  const auto after = static_cast<std::size_t>(cols);
  cols_ = cols;
  lines_.erase(lines_.begin(), lines_.begin() + std::clamp(drop_top, 0, this->rows()));
  for (Line& line : lines_) {
    if (after > before && line.rest != Cell()) {  // the colour that it was cleared with ends where the screen did
      line.store(before);
      line.rest = Cell();
    }
    if (line.cells.size() > after) line.cells.resize(after);
    if (line.cells.size() == after && line.cells.back().width == 2) line.cells.back() = Cell();
  }
  lines_.resize(static_cast<std::size_t>(rows));
}

}  // namespace wsdeep::lab
