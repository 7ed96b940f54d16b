#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/printable.h"

/// Lines of tables as RFC 4180 has them. Private to report/.
namespace wsdeep::load {

/// One line, field by field.
class CsvRow {
 public:
  void text(std::string_view value) {
    std::string quoted = printable(value);
    if (!quoted.empty() && std::string_view("=+-@").find(quoted.front()) != std::string_view::npos)
      quoted.insert(quoted.begin(), '\'');
    if (quoted.find_first_of("\",") == std::string::npos) return put(quoted);
    std::string out = "\"";
    for (const char c : quoted) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    put(out + '"');
  }
  void count(std::uint64_t value) { put(fmt::format("{}", value)); }
  void time(std::int64_t value) { put(fmt::format("{}", value)); }
  void number(double value) { put(std::isfinite(value) ? fmt::format("{}", value) : ""); }
  void nothing(std::size_t fields) {
    for (std::size_t i = 0; i < fields; ++i) put("");
  }
  std::string line() const { return line_ + "\r\n"; }

 private:
  void put(std::string_view field) {
    if (!first_) line_ += ',';
    line_ += field;
    first_ = false;
  }

  std::string line_;
  bool first_ = true;
};

}  // namespace wsdeep::load
