#include "node/journal_entry.h"

#include <algorithm>
#include <array>

#include "aws/logs.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_fields.h"
#include "wire/node_stage.h"

namespace wsdeep::node {
namespace {

constexpr std::string_view kHidden = "(hidden)";
constexpr std::string_view kCut = " … (cut)";
/// What stands before a value that opens something, in any case.
constexpr std::array<std::string_view, 12> kBeforeSecrets{
    "x-amz-signature=", "x-amz-security-token=", "x-amz-credential=", "bearer ",  "authorization: basic ",
    "hf_token=",        "access_token=",         "auth_token=",       "api_key=", "api-key: ",
    "password=",        "secret_access_key="};

bool ends_a_value(char c) {
  return static_cast<unsigned char>(c) <= ' ' || std::string_view("&\"'<>,;)").find(c) != std::string_view::npos;
}

/// Where the first of the markers ends in `lower`, from `from` on; npos: none is there.
std::size_t end_of_marker(std::string_view lower, std::size_t from) {
  std::size_t first = std::string_view::npos, end = std::string_view::npos;
  for (const std::string_view marker : kBeforeSecrets) {
    const std::size_t at = lower.find(marker, from);
    if (at >= first) continue;
    first = at;
    end = at + marker.size();
  }
  return end;
}

/// What journald has of a message: text, or, where it is no UTF-8 or holds control characters, its bytes as numbers.
std::string message_in(const wire::Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string bytes;
  if (!value.is_array()) return bytes;
  for (const wire::Json& one : value) {
    if (!one.is_number_unsigned() || one.get<std::uint64_t>() > 255) return {};
    bytes += static_cast<char>(one.get<std::uint64_t>());
  }
  return bytes;
}

/// In one line, of whole characters.
std::string cut_to(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  return std::string(utf8_cut(text, most - kCut.size())).append(kCut);
}

std::string_view service_of(std::string_view unit) {
  constexpr std::string_view kService = ".service";
  if (unit.ends_with(kService)) unit.remove_suffix(kService.size());
  return unit;
}

JournalEntry entry_in(const wire::JsonFields& fields) {
  JournalEntry entry;
  const auto microseconds = parse_integer(fields.text("__REALTIME_TIMESTAMP"), 0, INT64_MAX);
  const wire::Json* said = fields.find("MESSAGE");
  if (!microseconds || said == nullptr) return entry;
  std::string text = message_in(*said);
  text = without_secrets(strip_control(well_formed_utf8(text)));
  const std::string_view line = trim(text);
  if (line.empty()) return entry;
  const std::string unit = fields.text_or("UNIT", fields.text_or("_SYSTEMD_UNIT", ""));
  entry.message = wire::parse_stage_line(line) || unit.empty()
                      ? std::string(line)
                      : std::string(service_of(unit)).append(": ").append(line);
  entry.message = cut_to(std::move(entry.message), aws::kMaxLogEventBytes);
  entry.timestamp_ms = *microseconds / 1000;
  entry.cursor = fields.text_or("__CURSOR", "");
  return entry;
}

}  // namespace

std::optional<JournalEntry> parse_journal_entry(std::string_view line) {
  try {
    const wire::Json document = wire::parse_json(line, "a line of the journal");
    JournalEntry entry = entry_in(wire::JsonFields(document));
    if (entry.message.empty()) return std::nullopt;
    return entry;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string without_secrets(std::string_view text) {
  const std::string lower = to_lower(text);
  std::string shown;
  std::size_t done = 0;
  for (std::size_t at = end_of_marker(lower, 0); at != std::string_view::npos; at = end_of_marker(lower, done)) {
    const auto* const end = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), ends_a_value);
    const auto next = static_cast<std::size_t>(end - text.begin());
    shown.append(text.substr(done, at - done));
    if (next > at) shown.append(kHidden);
    done = next;
  }
  return shown.append(text.substr(done));
}

}  // namespace wsdeep::node
