#include <fmt/format.h>

#include "aws/credential_sources.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

/// `+02:00` → 120; nothing for anything else.
std::optional<int> offset_minutes(std::string_view zone) {
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const auto hours = parse_integer(zone.substr(1, 2), 0, 14), minutes = parse_integer(zone.substr(4), 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const int total = static_cast<int>(*hours * 60 + *minutes);
  return zone[0] == '-' ? -total : total;
}

}  // namespace

SystemTime parse_expiry(std::string_view text) {
  try {
    if (text.ends_with("UTC")) return parse_iso8601(std::string(text.substr(0, text.size() - 3)) + "Z");
    const auto offset = text.size() > 6 ? offset_minutes(text.substr(text.size() - 6)) : std::nullopt;
    if (!offset) return parse_iso8601(text);
    return parse_iso8601(std::string(text.substr(0, text.size() - 6)) + "Z") - std::chrono::minutes(*offset);
  } catch (const Error&) {
    throw Error(ErrorKind::kFailure, "the time at which the credentials expire is not ISO 8601");
  }
}

Credentials read_key_document(std::string_view json, std::string_view what, std::string_view token_name) {
  const wire::Json document = wire::parse_json(json, what);
  const wire::JsonFields fields(document);
  Credentials credentials;
  credentials.access_key_id = fields.text("AccessKeyId");
  credentials.secret_access_key = fields.text("SecretAccessKey");
  credentials.session_token = fields.text_or(token_name, "");
  if (const auto expiry = fields.text_if("Expiration")) credentials.expiry = parse_expiry(*expiry);
  return credentials;
}

}  // namespace wsdeep::aws
