#include "lab/screen.h"

#include <fmt/format.h>
#include <vterm.h>

#include <cstring>

#include "base/utf8.h"

namespace wsdeep::lab {
namespace {

struct FreedVterm {
  void operator()(VTerm* terminal) const { vterm_free(terminal); }
};

/// What libvterm tells of, and keeps for itself otherwise.
struct Told {
  bool is_alternate = false;
  bool shows_cursor = true;
  int cursor_shape = 0;
  std::string title;
};

int tell(VTermProp prop, VTermValue* value, void* user) {
  Told& told = *static_cast<Told*>(user);
  if (prop == VTERM_PROP_ALTSCREEN) told.is_alternate = value->boolean != 0;
  if (prop == VTERM_PROP_CURSORVISIBLE) told.shows_cursor = value->boolean != 0;
  if (prop == VTERM_PROP_CURSORSHAPE) told.cursor_shape = value->number;
  return 1;
}

constexpr VTermScreenCallbacks make_callbacks() {
  VTermScreenCallbacks callbacks{};
  callbacks.settermprop = tell;
  return callbacks;
}
constexpr VTermScreenCallbacks kCallbacks = make_callbacks();

std::string color_code(const VTermColor& color, bool background) {
  if (background ? VTERM_COLOR_IS_DEFAULT_BG(&color) : VTERM_COLOR_IS_DEFAULT_FG(&color)) return {};
  const int base = background ? 48 : 38;
  if (VTERM_COLOR_IS_RGB(&color))
    return fmt::format(";{};2;{};{};{}", base, color.rgb.red, color.rgb.green, color.rgb.blue);
  const int index = color.indexed.idx;
  if (index < 8) return fmt::format(";{}", base - 8 + index);
  if (index < 16) return fmt::format(";{}", base + 52 + index - 8);
  return fmt::format(";{};5;{}", base, index);
}

/// How to write as `cell` is written (SGR), from whatever was before.
std::string pen_of(const VTermScreenCell& cell) {
  std::string pen = "\x1b[0";
  if (cell.attrs.bold) pen += ";1";
  if (cell.attrs.italic) pen += ";3";
  if (cell.attrs.underline == VTERM_UNDERLINE_SINGLE) pen += ";4";
  if (cell.attrs.underline == VTERM_UNDERLINE_DOUBLE) pen += ";21";
  if (cell.attrs.blink) pen += ";5";
  if (cell.attrs.reverse) pen += ";7";
  if (cell.attrs.strike) pen += ";9";
  return pen + color_code(cell.fg, false) + color_code(cell.bg, true) + "m";
}

std::string text_of(const VTermScreenCell& cell) {
  std::string text;
  for (int at = 0; at < VTERM_MAX_CHARS_PER_CELL && cell.chars[at] != 0; ++at)
    if (const std::uint32_t code = cell.chars[at]; code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF))
      append_utf8(text, code);
  return text.empty() ? " " : text;
}

}  // namespace

struct Screen::Impl {
  std::unique_ptr<VTerm, FreedVterm> terminal;
  VTermScreen* screen = nullptr;
  Told told;

  void paint_row(int row, int cols, std::string& pen, std::string& out) const;
};

Screen::Screen(int cols, int rows) : impl_(std::make_unique<Impl>()), cols_(cols), rows_(rows) {
  impl_->terminal.reset(vterm_new(rows, cols));
  vterm_set_utf8(impl_->terminal.get(), 1);
  impl_->screen = vterm_obtain_screen(impl_->terminal.get());
  vterm_screen_set_callbacks(impl_->screen, &kCallbacks, &impl_->told);
  vterm_screen_set_damage_merge(impl_->screen, VTERM_DAMAGE_SCREEN);
  vterm_screen_enable_altscreen(impl_->screen, 1);
  vterm_screen_reset(impl_->screen, 1);
}

Screen::~Screen() = default;

void Screen::feed(std::string_view bytes) {
  modes_.feed(bytes);
  vterm_input_write(impl_->terminal.get(), bytes.data(), bytes.size());
}

void Screen::resize(int cols, int rows) {
  if (cols == cols_ && rows == rows_) return;
  cols_ = cols;
  rows_ = rows;
  vterm_set_size(impl_->terminal.get(), rows, cols);
}

bool Screen::is_alternate() const {
  return impl_->told.is_alternate;
}

/// To the last cell that is not blank; the rest of the line is cleared already. A lower right corner that is written
/// makes a terminal wait to wrap, and not scroll.
void Screen::Impl::paint_row(int row, int cols, std::string& pen, std::string& out) const {
  std::string line;
  std::string written;  // of `line`, up to its last visible cell
  for (int col = 0; col < cols;) {
    VTermScreenCell cell{};
    vterm_screen_get_cell(screen, {row, col}, &cell);
    if (std::string wanted = pen_of(cell); wanted != pen) line += pen = std::move(wanted);
    const std::string text = text_of(cell);
    line += text;
    if (text != " " || pen != "\x1b[0m") written = line;
    col += std::max(1, static_cast<int>(cell.width));
  }
  if (written.empty()) return;
  out += fmt::format("\x1b[{};1H", row + 1) + written;
}

std::string Screen::repaint() const {
  VTermScreen* screen = impl_->screen;
  vterm_screen_flush_damage(screen);
  std::string out = "\x1b[!p";  // soft reset: no region, no origin mode, absolute cursor keys, a visible cursor
  out += is_alternate() ? "\x1b[?1049h" : "\x1b[?1049l";
  out += "\x1b[0m\x1b[H\x1b[2J";
  std::string pen;
  for (int row = 0; row < rows_; ++row) {
    pen.clear();
    impl_->paint_row(row, cols_, pen, out);
  }
  VTermPos cursor{};
  vterm_state_get_cursorpos(vterm_obtain_state(impl_->terminal.get()), &cursor);
  out += fmt::format("\x1b[0m\x1b[{};{}H", cursor.row + 1, cursor.col + 1);
  out += modes_.restore();
  if (impl_->told.cursor_shape > 0) out += fmt::format("\x1b[{} q", impl_->told.cursor_shape * 2 - 1);
  out += impl_->told.shows_cursor ? "\x1b[?25h" : "\x1b[?25l";
  return out;
}

}  // namespace wsdeep::lab
