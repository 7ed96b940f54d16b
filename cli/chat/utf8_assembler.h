#pragma once

#include <string>
#include <string_view>

/// Private to this folder.
namespace wsdeep::chat {

/// Makes well-formed text of bytes that arrive cut anywhere: a sequence that is cut in the middle is held back until
/// the rest of it is there, and what can never be part of one becomes U+FFFD. What comes out, put together, does not
/// depend on where the bytes were cut.
class Utf8Assembler {
 public:
  /// The code points that `bytes` completes.
  std::string feed(std::string_view bytes);
  /// What is still held back, when nothing more will come: U+FFFD or nothing.
  std::string finish();

 private:
  std::string held_;  ///< the beginning of a sequence, at most 3 bytes
};

}  // namespace wsdeep::chat
