#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wsdeep::local {

/// The fields of a query or of a posted form (application/x-www-form-urlencoded). Each name comes once: OAuth forbids
/// repeated ones (RFC 6749 §3.1).
class WebForm {
 public:
  WebForm() = default;
  /// Nothing for a broken escape, a repeated name, control characters, malformed UTF-8, more than 16 KiB, 32 fields, or
  /// 4 KiB in one field.
  static std::optional<WebForm> parse(std::string_view text);

  /// Empty when it is missing.
  const std::string& text(std::string_view name) const;
  bool has(std::string_view name) const { return !text(name).empty(); }

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace wsdeep::local
