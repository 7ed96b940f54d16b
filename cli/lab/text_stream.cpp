#include "lab/text_stream.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace wsdeep::lab {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::size_t length_told_by(char byte) {
  const auto first = static_cast<unsigned char>(byte);
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 1;
}

/// How many bytes at the end begin a character that is not all there.
std::size_t unfinished(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const char byte = bytes[bytes.size() - back];
    if (!continues(byte)) return length_told_by(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string TextStream::feed(std::string_view bytes) {
  std::string all = std::exchange(held_, {});
  all += bytes;
  const std::size_t waits = unfinished(all);
  held_ = all.substr(all.size() - waits);
  all.erase(all.size() - waits);
  return is_utf8(all) ? all : well_formed_utf8(all);
}

std::string TextStream::finish() {
  return well_formed_utf8(std::exchange(held_, {}));
}

std::string_view whole_prefix(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && continues(text[most])) --most;
  return text.substr(0, most);
}

}  // namespace wsdeep::lab
