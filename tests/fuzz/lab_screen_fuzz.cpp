// Any bytes of a program in a terminal: what is told of them is text, the same however they are cut, and can be
// painted.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "lab/screen.h"
#include "lab/text_stream.h"

namespace lab_screen_fuzz {
namespace {

using namespace wsdeep::lab;

struct Told {
  std::string text, modes;

  bool operator==(const Told&) const = default;
};

Told read(std::string_view bytes, std::size_t step) {
  Told told;
  TextStream text;
  TerminalModes modes;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    told.text += text.feed(bytes.substr(0, step));
    modes.feed(bytes.substr(0, step));
  }
  told.text += text.finish();
  told.modes = modes.restore();
  return told;
}

}  // namespace

FUZZ_TARGET(lab_screen_fuzz) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Told whole = read(bytes, size + 1);
  if (!wsdeep::is_utf8(whole.text)) std::abort();
  for (const std::size_t step : {1, 2, 7})
    if (read(bytes, step) != whole) std::abort();
  Screen screen(13, 5);
  screen.feed(bytes);
  screen.resize(40, 3);
  const std::string painted = screen.repaint();
  if (!wsdeep::is_utf8(painted)) std::abort();
  Screen other(40, 3);
  other.feed(painted);
  return 0;
}

}  // namespace lab_screen_fuzz
