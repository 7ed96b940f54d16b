#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsdeep {

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

/// `text` as the inside of a JSON string: quotes, backslashes and control characters escaped.
std::string json_escape(std::string_view text);
/// `text` as the content of an HTML element or of an attribute in quotes.
std::string html_escape(std::string_view text);

}  // namespace wsdeep
