// Between two drawings the cursor rests in the first column of the first line, not below the last one. Only so can what
// was drawn be erased after somebody has pulled at the window: most terminals break lines anew that have become too
// long, some cut them off, and nobody tells us which. How many rows our lines take then cannot be known, but the
// cursor stays with the character on which it stands. So from there to the end of the screen is what we have drawn, and
// `CSI J` erases it:
//
//     drawn at 40 columns                 after 24 columns           after `\r CSI J` and drawing
//     █hat-dev  CREATE_IN_PROGRESS  11s   █hat-dev  CREATE_IN_PROG   █hat-dev  CREATE_IN_PRO…
//       • ChatsTable  CREATE_IN_PROGRESS  RESS  11s                    • ChatsTable  CREATE…
//                                           • ChatsTable  CREATE_I
//                                         N_PROGRESS
//
// The price: who ends or stops the program without asking it has to bring the cursor down (resting_cursor.h).
#include "terminal/live_screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"

namespace wsdeep {
namespace {

constexpr const char* kErase = "\r\x1b[J";

/// A line that takes one row and moves the cursor nowhere else.
std::string row_of(const std::string& line, std::size_t columns) {
  std::string row;
  // What is no SGR sequence has no escape character to begin with.
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t escape = std::min(line.find('\x1b', at), line.size());
    std::string plain = strip_control(line.substr(at, escape - at));
    std::replace_if(
        plain.begin(), plain.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
    row += plain;
    const std::size_t sequence = sgr_sequence(std::string_view(line).substr(escape));
    row += line.substr(escape, sequence);
    at = escape + std::max<std::size_t>(sequence, 1);
  }
  return cut_end(row, columns);
}

std::vector<std::string> rows_of(const std::vector<std::string>& lines, const ScreenSize& size) {
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < std::min(lines.size(), size.rows); ++i) rows.push_back(row_of(lines[i], size.columns));
  return rows;
}

}  // namespace

LiveScreen::LiveScreen(const LiveOutput& out, AtEnd end) : out_(out), end_(end), cursor_(out.is_live()) {}

LiveScreen::~LiveScreen() {
  if (!lines_.empty()) end();
}

void LiveScreen::draw(const Content& content) {
  if (!out_.is_live() || !out_.in_foreground()) return;
  const ScreenSize size = out_.size();
  std::vector<std::string> lines = content(size);
  if (cursor_.rests() && lines == lines_ && size == size_) return;
  lines_ = std::move(lines);
  size_ = size;
  out_.err(kErase + picture(rows_of(lines_, size_)));
}

void LiveScreen::print_above(const std::string& text) {
  if (!cursor_.rests()) return out_.err(text);
  size_ = out_.size();
  out_.err(kErase + text + picture(rows_of(lines_, size_)));
}

/// The rows, and the cursor back at their beginning.
std::string LiveScreen::picture(const std::vector<std::string>& rows) {
  cursor_.rests_above(static_cast<int>(rows.size()));
  if (rows.empty()) return "";
  return join(rows, "\n") + "\r" + (rows.size() > 1 ? fmt::format("\x1b[{}A", rows.size() - 1) : "");
}

void LiveScreen::end() {
  std::string last = kErase;
  if (end_ == AtEnd::kStand)
    for (const std::string& row : rows_of(lines_, out_.size())) last += row + "\n";
  cursor_.rests_above(0);
  out_.err(last);
}

}  // namespace wsdeep
