#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
bool is_utf8(std::string_view text);
/// How many code points `text`, which must be well-formed, holds.
std::size_t utf8_length(std::string_view text);
/// The byte at which code point number `index` of `text` starts; its size when there are not so many.
std::size_t byte_of(std::string_view text, std::size_t index);
/// Well-formed UTF-8 as a screen of `columns` shows it; 0 columns, no screen: as it is. `cut_end` drops what is too
/// much and ends with …; `cut_middle` keeps beginning and end, for names that differ in either.
std::string cut_end(const std::string& text, std::size_t columns);
std::string cut_middle(const std::string& text, std::size_t columns);
/// Lines broken at blanks so that each fits, but for a word that is too long by itself; all but the first are indented.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent);

/// `text` with every control character but tab and newline removed (C0, DEL and C1).
std::string strip_control(std::string_view text);

/// `text` as the inside of a JSON string: quotes, backslashes and control characters escaped.
std::string json_escape(std::string_view text);

std::string hex(std::string_view bytes);
/// Nothing for an odd length or a character that is not a hexadecimal digit.
std::optional<std::string> from_hex(std::string_view text);

std::string base64(std::string_view bytes);
/// RFC 4648 §5, without padding.
std::string base64url(std::string_view bytes);
/// Strict: right padding, no white space, no stray bits. Nothing when `text` is not base64.
std::optional<std::string> from_base64(std::string_view text);
/// Strict RFC 4648 §5 without padding (the form of RFC 7515).
std::optional<std::string> from_base64url(std::string_view text);

/// RFC 3986: everything but unreserved characters becomes %XX; `keep` names further characters to leave alone.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Nothing for a broken escape. `plus_is_space` decodes form encoding.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// The scheme, host, port and target of an absolute URL. `port` is the scheme's own when the URL has none.
struct Url {
  std::string scheme;  ///< lower-case
  std::string host;    ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;
  std::string target;  ///< path and query, at least "/"

  /// `host` or `host:port`, the port left out when it is the scheme's own.
  std::string authority() const;
};
/// Accepts http, https, ws, wss, grpc and grpcs; throws Error{kUsage} with the cause for anything else.
Url parse_url(std::string_view text);

/// The candidate that `word` most likely meant, or nothing when none is near (at most a third of it differs).
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);

/// `12.3 MB`, `640 B`: decimal units, as AWS prints them.
std::string human_bytes(std::uint64_t bytes);

/// Whole decimal number within [low, high]; nothing for anything else, also for blanks around it.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low, std::int64_t high);

/// Equal or not, in a time that does not depend on where they differ.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace wsdeep
