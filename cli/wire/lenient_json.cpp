#include "wire/lenient_json.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/utf8.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

/// One pass over a document, in a string or outside of one.
class Mender {
 public:
  explicit Mender(std::string_view text) : rest_(text) {}

  std::string mend() {
    while (!rest_.empty()) in_string_ ? take_in_string() : take_outside();
    return std::move(out_);
  }

 private:
  void keep(std::size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(std::min(count, rest_.size()));
  }

  void put(std::size_t instead_of, std::string_view text) {
    out_ += text;
    rest_.remove_prefix(instead_of);
  }

  void take_outside() {
    // `-Infinity` first: its sign goes with it.
    static constexpr std::array<std::string_view, 3> kNoNumbers = {"-Infinity", "Infinity", "NaN"};
    for (const std::string_view word : kNoNumbers)
      if (rest_.starts_with(word)) return put(word.size(), "null");
    in_string_ = rest_.front() == '"';
    keep(1);
  }

  void take_in_string() {
    const char c = rest_.front();
    if (c == '\\') return take_escape();
    if (static_cast<unsigned char>(c) < 0x20) return put(1, fmt::format("\\u{:04x}", c));
    in_string_ = c != '"';
    keep(1);
  }

  void take_escape() {
    const auto first = escaped_unit(0);
    if (!first || *first < 0xD800 || *first > 0xDFFF) return keep(2);
    const auto second = escaped_unit(6);
    const bool is_pair = *first < 0xDC00 && second && *second >= 0xDC00 && *second <= 0xDFFF;
    is_pair ? keep(12) : put(6, "\\ufffd");
  }

  /// The UTF-16 unit of the escape (`\u` and four hexadecimal digits) that stands there, if one does.
  std::optional<unsigned> escaped_unit(std::size_t at) const {
    if (rest_.size() < at + 6 || rest_.substr(at, 2) != "\\u") return std::nullopt;
    unsigned unit = 0;
    for (const char digit : rest_.substr(at + 2, 4)) {
      const std::size_t value = std::string_view("0123456789abcdefABCDEF").find(digit);
      if (value == std::string_view::npos) return std::nullopt;
      unit = unit * 16 + static_cast<unsigned>(value < 16 ? value : value - 6);
    }
    return unit;
  }

  std::string_view rest_;
  std::string out_;
  bool in_string_ = false;
};

std::optional<Json> try_parse(std::string_view text) {
  try {
    return parse_json(text, "");
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string mended_json(std::string_view text) {
  const std::string well_formed = well_formed_utf8(text);
  return Mender(well_formed).mend();
}

std::optional<Json> read_lenient_json(std::string_view text) {
  if (auto document = try_parse(text)) return document;
  const std::string mended = mended_json(text);
  return mended == text ? std::nullopt : try_parse(mended);
}

}  // namespace wsdeep::wire
