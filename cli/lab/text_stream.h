#pragma once

#include <string>
#include <string_view>

namespace wsdeep::lab {

/// Makes well-formed UTF-8 of bytes that come cut anywhere: the beginning of a character waits for its rest, and what
/// is none becomes U+FFFD.
class TextStream {
 public:
  std::string feed(std::string_view bytes);
  /// What still waited, when nothing more comes.
  std::string finish();

 private:
  std::string held_;  ///< at most 3 bytes
};

/// The first at most `most` bytes of well-formed `text` that end with a whole character.
std::string_view whole_prefix(std::string_view text, std::size_t most);

}  // namespace wsdeep::lab
