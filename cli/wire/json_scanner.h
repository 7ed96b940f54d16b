#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::wire {

/// Reads a small JSON object field by field, straight into where the values belong, where a document tree would cost
/// much of the whole: a third of the check of a token's signature, half of what it takes to receive a piece of an
/// answer. Strict RFC 8259; `text` must be well-formed UTF-8. Every function returns false when the text is not what it
/// reads, and the scanner is then of no more use.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// `{ … }`: calls `read_value(name)` in front of each value, which must consume it and return true.
  template <typename ReadValue>
  bool read_object(ReadValue read_value) {
    std::string name;
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      if (!read_string(name) || !take(':') || !read_value(std::string_view(name))) return false;
    } while (take(','));
    return take('}');
  }
  bool read_string(std::string& out);
  /// A number without fraction and exponent that fits.
  bool read_integer(std::int64_t& out);
  bool read_boolean(bool& out);
  /// `[1,2.5]`; nothing else than numbers that a double holds.
  bool read_numbers(std::vector<double>& out);
  /// `["a","b"]`
  bool read_strings(std::vector<std::string>& out);
  bool skip_value(int depth = 0);
  /// True when nothing but white space is left.
  bool at_end();
  /// The next character that is not white space, or NUL at the end.
  char peek();

 private:
  bool take(char c);
  bool take_word(std::string_view word);
  bool take_digits();
  bool skip_number();
  bool read_number(double& out);
  bool read_escape(std::string& out);
  bool read_hex4(std::uint32_t& out);
  bool skip_list(int depth);

  const char* at_;
  const char* end_;
  std::string skipped_;
};

}  // namespace wsdeep::wire
