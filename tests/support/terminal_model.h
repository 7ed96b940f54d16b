#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/display.h"
#include "base/utf8.h"
#include "terminal/live_output.h"

namespace wsdeep::testing {

/// A terminal: what a person sees after what was written, and after somebody has pulled at its window. It knows the
/// sequences that wsdeep may use, and throws std::logic_error at any other.
class TerminalModel final : public LiveOutput {
 public:
  /// What becomes of lines when the window gets narrower or wider.
  enum class Kind {
    kReflows,  ///< they break anew; the cursor's line stays in sight (VTE, kitty, iTerm2)
    kScrolls,  ///< they break anew, and the last ones stay in sight, with the cursor in the first row if need be (tmux)
    kCuts,     ///< what has no room is lost (xterm, the Linux console)
  };
  TerminalModel(Kind kind, ScreenSize size) : kind_(kind), size_(size) {}

  bool live = true;
  bool foreground = true;

  bool is_live() const override { return live; }
  ScreenSize size() const override { return size_; }
  bool in_foreground() const override { return foreground; }
  void err(std::string_view text) const override {
    written_ += text;
    while (!text.empty()) text.remove_prefix(feed(text));
  }

  void resize(ScreenSize size) {
    if (kind_ == Kind::kCuts)
      for (Row& row : rows_) row.cells.resize(std::min(row.cells.size(), size.columns));
    else
      break_anew(size.columns);
    const std::size_t more = size.rows > size_.rows ? size.rows - size_.rows : 0;
    top_ -= std::min(top_, more);
    size_ = size;
    column_ = std::min(column_, size.columns - 1);
    keep_in_sight();
  }

  /// The rows in sight, without the blank ones at the end.
  std::vector<std::string> seen() const { return text_of(top_); }
  /// Those that have scrolled away too.
  std::vector<std::string> all() const { return text_of(0); }
  const std::string& written() const { return written_; }

 private:
  struct Row {
    std::vector<std::string> cells{};  ///< a wide character takes two, the second one empty
    bool goes_on = false;              ///< its line does, in the next row
  };

  /// How many bytes it has taken.
  std::size_t feed(std::string_view text) const {
    if (const std::size_t colours = sgr_sequence(text); colours > 0) return colours;
    if (text[0] == '\x1b') return control(text);
    if (text[0] == '\r') {
      column_ = 0;
    } else if (text[0] == '\n') {
      rows_[row_].goes_on = false;
      down();
    } else if (static_cast<unsigned char>(text[0]) < ' ') {
      throw std::logic_error("a control character");
    } else {
      const std::size_t bytes = byte_of(text, 1);
      put(std::string(text.substr(0, bytes)));
      return bytes;
    }
    return 1;
  }

  std::size_t control(std::string_view text) const {
    const std::size_t end = text.find_first_not_of("0123456789", 2);
    if (!text.starts_with("\x1b[") || end == std::string_view::npos) throw std::logic_error("an unknown sequence");
    const std::string number(text.substr(2, end - 2));
    if (text[end] == 'A')
      row_ -= std::min<std::size_t>(row_ - top_, number.empty() ? 1 : std::stoul(number));
    else if (text[end] == 'J' && number.empty())
      erase_below();
    else
      throw std::logic_error("an unknown sequence: " + std::string(text.substr(1, end)));
    return end + 1;
  }

  void erase_below() const {
    rows_.resize(row_ + 1);
    rows_[row_].cells.resize(std::min(rows_[row_].cells.size(), column_));
    rows_[row_].goes_on = false;
  }

  void put(const std::string& character) const {
    const std::size_t width = display_width(character);
    if (width == 0) return;
    if (column_ + width > size_.columns) {
      rows_[row_].goes_on = true;
      down();
    }
    auto& cells = rows_[row_].cells;
    if (cells.size() < column_ + width) cells.resize(column_ + width, " ");
    cells[column_] = character;
    if (width == 2) cells[column_ + 1].clear();
    column_ += width;
  }

  void down() const {
    column_ = 0;
    ++row_;
    if (row_ == rows_.size()) rows_.emplace_back();
    if (row_ >= top_ + size_.rows) ++top_;
  }

  void break_anew(std::size_t columns) {
    std::vector<Row> broken(1);
    std::size_t row = 0, column = 0;  // of the cursor
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::size_t at = 0; at < rows_[i].cells.size() || (i == row_ && at <= column_); ++at) {
        const bool blank = at >= rows_[i].cells.size();
        const bool wide = !blank && at + 1 < rows_[i].cells.size() && rows_[i].cells[at + 1].empty();
        if (!blank && broken.back().cells.size() + (wide ? 2 : 1) > columns) {
          broken.back().goes_on = true;
          broken.emplace_back();
        }
        if (i == row_ && at == column_) row = broken.size() - 1, column = broken.back().cells.size();
        if (!blank) broken.back().cells.push_back(rows_[i].cells[at]);
      }
      if (!rows_[i].goes_on && i + 1 < rows_.size()) broken.emplace_back();
    }
    rows_ = std::move(broken);
    row_ = row;
    column_ = column;
  }

  void keep_in_sight() {
    const std::size_t last = rows_.size() > size_.rows ? rows_.size() - size_.rows : 0;
    if (kind_ == Kind::kScrolls) {
      top_ = last;
      if (row_ < top_) row_ = top_, column_ = 0;
    }
    if (kind_ == Kind::kReflows) top_ = std::min(row_, last);
    if (row_ >= top_ + size_.rows) top_ = row_ - size_.rows + 1;
    rows_.resize(std::min(rows_.size(), top_ + size_.rows));
  }

  std::vector<std::string> text_of(std::size_t first) const {
    std::vector<std::string> lines;
    for (std::size_t i = first; i < rows_.size(); ++i) {
      std::string line;
      for (const std::string& cell : rows_[i].cells) line += cell;
      line.resize(line.find_last_not_of(' ') + 1);
      lines.push_back(line);
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }

  const Kind kind_;
  ScreenSize size_;
  mutable std::vector<Row> rows_{1};
  mutable std::size_t top_ = 0;  ///< the first row in sight
  mutable std::size_t row_ = 0, column_ = 0;
  mutable std::string written_;
};

}  // namespace wsdeep::testing
