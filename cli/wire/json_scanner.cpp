#include "wire/json_scanner.h"

#include <charconv>

#include "base/ascii.h"
#include "base/utf8.h"

namespace wsdeep::wire {
namespace {

constexpr int kMaxDepth = 16;

}  // namespace

char JsonScanner::peek() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  return at_ < end_ ? *at_ : '\0';
}

bool JsonScanner::at_end() {
  peek();
  return at_ == end_;
}

bool JsonScanner::take(char c) {
  if (peek() != c || at_ == end_) return false;
  ++at_;
  return true;
}

bool JsonScanner::take_word(std::string_view word) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool JsonScanner::read_string(std::string& out) {
  out.clear();
  if (!take('"')) return false;
  for (;;) {
    const char* plain = at_;
    while (at_ < end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
    out.append(plain, at_);
    if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return false;
    if (*at_++ == '"') return true;
    if (!read_escape(out)) return false;
  }
}

bool JsonScanner::read_escape(std::string& out) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return false;
  const char c = *at_++;
  if (c != 'u') {
    const std::size_t which = kEscapes.find(c);
    if (which != std::string_view::npos) out += kMeanings[which];
    return which != std::string_view::npos;
  }
  std::uint32_t code = 0, low = 0;
  if (!read_hex4(code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) return false;
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (!take_word("\\u") || !read_hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, code);
  return true;
}

bool JsonScanner::read_hex4(std::uint32_t& out) {
  if (end_ - at_ < 4) return false;
  const auto [stop, fault] = std::from_chars(at_, at_ + 4, out, 16);
  if (fault != std::errc() || stop != at_ + 4) return false;
  at_ += 4;
  return true;
}

bool JsonScanner::take_digits() {
  const char* start = at_;
  while (at_ < end_ && is_digit(*at_)) ++at_;
  return at_ > start;
}

bool JsonScanner::skip_number() {
  if (at_ < end_ && *at_ == '-') ++at_;
  const char* start = at_;
  if (!take_digits() || (*start == '0' && at_ - start > 1)) return false;
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    if (!take_digits()) return false;
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!take_digits()) return false;
  }
  return true;
}

bool JsonScanner::read_integer(std::int64_t& out) {
  peek();
  const char* start = at_;
  if (!skip_number()) return false;
  const auto [stop, fault] = std::from_chars(start, at_, out);
  return fault == std::errc() && stop == at_;
}

bool JsonScanner::read_boolean(bool& out) {
  out = peek() == 't';
  return take_word(out ? "true" : "false");
}

bool JsonScanner::read_number(double& out) {
  peek();
  const char* start = at_;
  if (!skip_number()) return false;
  const auto [stop, fault] = std::from_chars(start, at_, out);
  return fault == std::errc() && stop == at_;
}

bool JsonScanner::read_numbers(std::vector<double>& out) {
  out.clear();
  if (!take('[')) return false;
  if (take(']')) return true;
  do {
    if (!read_number(out.emplace_back())) return false;
  } while (take(','));
  return take(']');
}

bool JsonScanner::read_strings(std::vector<std::string>& out) {
  out.clear();
  if (!take('[')) return false;
  if (take(']')) return true;
  do {
    if (!read_string(out.emplace_back())) return false;
  } while (take(','));
  return take(']');
}

bool JsonScanner::skip_list(int depth) {
  if (!take('[')) return false;
  if (take(']')) return true;
  do {
    if (!skip_value(depth)) return false;
  } while (take(','));
  return take(']');
}

bool JsonScanner::skip_value(int depth) {
  if (depth > kMaxDepth) return false;
  switch (peek()) {
    case '"':
      return read_string(skipped_);
    case '{':
      return read_object([&](std::string_view) { return skip_value(depth + 1); });
    case '[':
      return skip_list(depth + 1);
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return skip_number();
  }
}

}  // namespace wsdeep::wire
