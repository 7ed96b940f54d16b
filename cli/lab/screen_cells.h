#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace wsdeep::lab {

/// A colour: none of its own, one of 256, or red, green and blue.
using Color = std::int32_t;
inline constexpr Color kDefaultColor = -1;
inline constexpr Color kDirectColor = 1 << 24;  ///< added to 0xRRGGBB

/// How characters are written (SGR).
struct Pen {
  enum Flag : std::uint16_t {
    kBold = 1 << 0,
    kFaint = 1 << 1,
    kItalic = 1 << 2,
    kUnderline = 1 << 3,
    kBlink = 1 << 4,
    kReverse = 1 << 5,
    kHidden = 1 << 6,
    kStrike = 1 << 7,
  };
  Color foreground = kDefaultColor;
  Color background = kDefaultColor;
  std::uint16_t flags = 0;

  bool operator==(const Pen&) const = default;
};

struct Cell {
  char32_t code = U' ';
  std::array<char32_t, 2> marks{};  ///< combining ones; 0: none
  std::uint8_t width = 1;           ///< 0: the right half of the one before
  Pen pen;

  bool operator==(const Cell&) const = default;
};

/// The cells of a screen. Every access is within it: rows and columns beyond are taken for the last ones. What is blank
/// to the end of its line is not stored cell by cell: a program that clears a large screen again and again with two
/// bytes costs no more than others.
class Cells {
 public:
  Cells(int cols, int rows) : cols_(cols), lines_(static_cast<std::size_t>(rows)) {}

  int cols() const { return cols_; }
  int rows() const { return static_cast<int>(lines_.size()); }
  Cell& at(int row, int col);
  const Cell& at(int row, int col) const;

  /// As it was made.
  void clear();
  // A pen comes by value: it may be that of a cell of here, which moves.
  /// From `from` up to but not with `to`, with the colour of `pen`.
  void erase(int row, int from, int to, Pen pen);
  /// Lines `top` to `bottom` go up by `count`, or down when it is negative; new ones are blank.
  void scroll(int top, int bottom, int count, Pen pen);
  /// Cells from `col` on go right by `count`, or left when it is negative.
  void shift(int row, int col, int count, Pen pen);
  /// Keeps what fits; `drop_top` lines at the top go first.
  void resize(int cols, int rows, int drop_top);

 private:
  struct Line {
    std::vector<Cell> cells;
    Cell rest;  ///< what each column behind them is

    void store(std::size_t cols);
    void blank_all(const Cell& with);
  };

  std::size_t row_index(int row) const;
  std::size_t col_index(int col) const;

  int cols_;
  std::vector<Line> lines_;
};

}  // namespace wsdeep::lab
