#include "lab/screen_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace wsdeep::lab {
namespace {

/// The same, cell by cell, in the plainest way.
class PlainCells {
 public:
  PlainCells(int cols, int rows) : lines_(static_cast<std::size_t>(rows), line(cols)) {}

  int cols() const { return static_cast<int>(lines_.front().size()); }
  int rows() const { return static_cast<int>(lines_.size()); }
  Cell& at(int row, int col) { return lines_[static_cast<std::size_t>(row)][static_cast<std::size_t>(col)]; }
  void erase(int row, int from, int to, const Pen& pen) {
    for (int col = std::max(from, 0); col < std::min(to, cols()); ++col) at(row, col) = blank(pen);
  }
  void scroll(int top, int bottom, int count, const Pen& pen) {
    const auto before = lines_;
    for (int row = top; row <= bottom; ++row) {
      const int source = row + count;
      if (source >= top && source <= bottom)
        lines_[static_cast<std::size_t>(row)] = before[static_cast<std::size_t>(source)];
      else
        erase(row, 0, cols(), pen);
    }
  }
  void shift(int row, int col, int count, const Pen& pen) {
    const auto before = lines_[static_cast<std::size_t>(row)];
    for (int to = col; to < cols(); ++to) {
      const int source = to - count;
      at(row, to) = source >= col && source < cols() ? before[static_cast<std::size_t>(source)] : blank(pen);
    }
  }
  void resize(int cols, int rows, int drop_top) {
    lines_.erase(lines_.begin(), lines_.begin() + std::min(drop_top, this->rows()));
    for (auto& one : lines_) one.resize(static_cast<std::size_t>(cols));
    lines_.resize(static_cast<std::size_t>(rows), line(cols));
  }
  void clear() { *this = PlainCells(cols(), rows()); }

 private:
  static std::vector<Cell> line(int cols) { return std::vector<Cell>(static_cast<std::size_t>(cols)); }
  static Cell blank(const Pen& pen) {
    Cell cell;
    cell.pen.background = pen.background;
    return cell;
  }
  std::vector<std::vector<Cell>> lines_;
};

class CellDice {
 public:
  int below(int end) { return static_cast<int>(engine_() % static_cast<unsigned>(end)); }
  Pen pen() {
    Pen pen;
    pen.background = below(3) == 0 ? kDefaultColor : below(4);
    pen.flags = Pen::kBold;
    return pen;
  }

 private:
  std::mt19937 engine_{20261130};
};

template <typename Grid>
void change(Grid& grid, int what, int row, int col, int count, const Pen& pen) {
  if (what == 0) grid.erase(row, col, col + count, pen);
  if (what == 1) grid.erase(row, col, grid.cols(), pen);
  if (what == 2) grid.scroll(row / 2, std::max(row / 2, grid.rows() - 2), count - 3, pen);
  if (what == 3) grid.shift(row, col, count - 4, pen);
  if (what == 4) grid.resize(8 + count, 4 + count / 2, row / 2);
  if (what == 5) grid.clear();
  if (what > 5) {
    Cell cell;
    cell.code = U'a' + static_cast<char32_t>(count);
    cell.pen = pen;
    grid.at(row, col) = cell;
  }
}

TEST(Cells, AreWhatTheyWouldBeIfEachWereStored) {
  CellDice dice;
  Cells cells(20, 6);
  PlainCells plain(20, 6);
  for (int step = 0; step < 20'000; ++step) {
    const int row = dice.below(cells.rows());
    const int col = dice.below(cells.cols());
    const int what = dice.below(400) == 0 ? 4 + dice.below(2) : dice.below(4) + 4 * dice.below(2) * 2;
    const int count = dice.below(9);
    const Pen pen = dice.pen();
    change(cells, what, row, col, count, pen);
    change(plain, what, row, col, count, pen);
    ASSERT_EQ(cells.rows(), plain.rows());
    ASSERT_EQ(cells.cols(), plain.cols());
    const Cells& seen = cells;
    for (int at_row = 0; at_row < plain.rows(); ++at_row)
      for (int at_col = 0; at_col < plain.cols(); ++at_col)
        ASSERT_EQ(seen.at(at_row, at_col), plain.at(at_row, at_col)) << step << ": " << what;
  }
}

TEST(Cells, AreErasedInTheColourOfOneOfThem) {
  Cells cells(500, 1);
  cells.at(0, 0).pen.background = 3;
  cells.erase(0, 0, 400, cells.at(0, 0).pen);  // which is stored elsewhere by then
  EXPECT_EQ(cells.at(0, 399).pen.background, 3);
  cells.erase(0, 0, 500, cells.at(0, 0).pen);
  EXPECT_EQ(cells.at(0, 499).pen.background, 3);
}

}  // namespace
}  // namespace wsdeep::lab
