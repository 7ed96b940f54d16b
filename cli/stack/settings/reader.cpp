#include "stack/settings/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxListItems = 100;

std::string describe(const YamlNode& node) {
  if (node.is_map()) return "a map";
  if (node.is_sequence()) return "a list";
  if (node.is_null()) return "nothing";
  return quote_value(node.value);
}

/// A key that somebody would put a secret behind; its line is not repeated in messages.
bool looks_secret(std::string_view key) {
  const std::string lower = to_lower(key);
  for (const char* word : {"secret", "password", "token", "access_key", "api_key"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace

void ReadContext::report(Position at, std::string message, std::string hint, Severity severity) {
  diagnostics.push_back({severity, file, at, std::move(message), std::move(hint), line_of(text, at.line)});
}

std::vector<Diagnostic> ReadContext::take_diagnostics() {
  for (Diagnostic& diagnostic : diagnostics)
    if (secret_lines.contains(diagnostic.at.line)) diagnostic.source_line.clear();
  return std::move(diagnostics);
}

SectionReader::SectionReader(ReadContext& context, const YamlNode& node, std::string path, Places& places)
    : context_(context), node_(node), path_(std::move(path)), places_(places) {
  if (!node.is_map())
    context_.report(node.at, fmt::format("expected a map of settings for '{}', got {}", path_, describe(node)));
}

std::string SectionReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const YamlNode* SectionReader::take(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);  // some are read twice
  const YamlNode* value = node_.find(key);
  if (value == nullptr) return nullptr;
  places_[path_of(key)] = value->at;
  if (!value->is_null()) return value;
  const auto entry = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [&](const YamlEntry& candidate) { return candidate.key.value == key; });
  context_.report(entry->key.at, fmt::format("'{}' has no value", path_of(key)), "fill it in, or remove the line");
  return nullptr;
}

bool SectionReader::check_text(const YamlNode& node, const Rule& rule) {
  if (node.is_scalar() && rule.holds(node.value)) return true;
  context_.report(node.at, fmt::format("expected {}, got {}", rule.expected, describe(node)));
  return false;
}

void SectionReader::text(const std::string& key, std::string& out, const Rule& rule) {
  const YamlNode* value = take(key);
  if (value != nullptr && check_text(*value, rule)) out = value->value;
}

void SectionReader::texts(const std::string& key, std::vector<std::string>& out, const Rule& rule) {
  const YamlNode* value = take(key);
  if (value == nullptr) return;
  if (!value->is_sequence() || value->items.size() > kMaxListItems) {
    context_.report(value->at, fmt::format("expected a list of at most {} items for '{}', got {}", kMaxListItems,
                                           path_of(key), describe(*value)));
    return;
  }
  out.clear();
  for (const YamlNode& item : value->items) {
    places_[fmt::format("{}.{}", path_of(key), out.size())] = item.at;
    if (!check_text(item, rule)) continue;
    if (std::find(out.begin(), out.end(), item.value) != out.end())
      context_.report(item.at, fmt::format("'{}' is listed twice", item.value));
    else
      out.push_back(item.value);
  }
}

void SectionReader::integer(const std::string& key, std::int64_t& out, std::int64_t low, std::int64_t high) {
  const YamlNode* value = take(key);
  if (value == nullptr) return;
  const auto number = parse_integer(value->is_scalar() ? value->value : "", low, high);
  // To YAML, 010 is eight: nobody means that, and nobody should have to guess.
  const bool octal = value->value.size() > 1 && value->value.front() == '0';
  const std::int64_t whole = number.value_or(0);
  if (number && value->plain && !octal)
    out = whole;
  else
    context_.report(value->at,
                    fmt::format("expected a whole number from {} to {}, got {}", low, high, describe(*value)),
                    !number ? "" : fmt::format("write {}, {}", whole, octal ? "without the 0" : "without quotes"));
}

void SectionReader::number(const std::string& key, double& out, double low, double high) {
  const YamlNode* value = take(key);
  if (value == nullptr) return;
  double parsed = 0;
  const char* const end = value->value.data() + value->value.size();
  const auto [stop, fault] = std::from_chars(value->value.data(), end, parsed, std::chars_format::fixed);
  const bool holds = value->is_scalar() && fault == std::errc() && stop == end && parsed >= low && parsed <= high;
  if (holds && value->plain)
    out = parsed;
  else
    context_.report(value->at, fmt::format("expected a number from {} to {}, got {}", low, high, describe(*value)),
                    holds ? fmt::format("write {}, without quotes", value->value) : "");
}

void SectionReader::boolean(const std::string& key, bool& out) {
  const YamlNode* value = take(key);
  if (value == nullptr) return;
  const bool is_true = value->value == "true";
  const bool either = value->is_scalar() && (is_true || value->value == "false");
  if (either && value->plain)
    out = is_true;
  else
    context_.report(value->at, fmt::format("expected true or false, got {}", describe(*value)),
                    either ? fmt::format("write {}, without quotes", value->value) : "");
}

void SectionReader::map(const std::string& key, std::map<std::string, std::string>& out, const Rule& keys,
                        const Rule& values) {
  const YamlNode* value = take(key);
  if (value == nullptr) return;
  if (!value->is_map()) {
    context_.report(value->at,
                    fmt::format("expected a map of names to text for '{}', got {}", path_of(key), describe(*value)));
    return;
  }
  for (const YamlEntry& entry : value->entries)
    if (check_text(entry.key, keys) && check_text(entry.value, values)) out[entry.key.value] = entry.value.value;
}

std::size_t SectionReader::index_of(const std::string& key, const std::vector<std::string>& names) {
  const YamlNode* value = take(key);
  if (value == nullptr) return names.size();
  const auto found = value->is_scalar() ? std::find(names.begin(), names.end(), value->value) : names.end();
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  context_.report(value->at, fmt::format("expected {}, got {}{}", join(names, " or "), describe(*value),
                                         value->is_scalar() ? did_you_mean(value->value, names) : ""));
  return names.size();
}

void SectionReader::retired(const std::string& key, std::string_view why, const std::string& instead) {
  retired_.push_back(key);
  for (const YamlEntry& entry : node_.entries)
    if (entry.key.value == key)
      context_.report(entry.key.at, fmt::format("'{}' is no setting any more: {}", path_of(key), why), instead);
}

void SectionReader::require(const std::string& key, std::string_view what) {
  if (node_.is_map() && node_.find(key) == nullptr)
    context_.report(node_.at, path_.empty() ? fmt::format("'{}' is missing: {}", key, what)
                                            : fmt::format("'{}' of '{}' is missing: {}", key, path_, what));
}

void SectionReader::report_unknown(const YamlNode& key) {
  const std::string where = path_.empty() ? "" : fmt::format(" in '{}'", path_);
  context_.report(key.at, fmt::format("unknown key '{}'{}{}", key.value, where, did_you_mean(key.value, known_)),
                  fmt::format("known here: {}", join(known_, ", ")));
  if (!looks_secret(key.value)) return;
  context_.secret_lines.insert(key.at.line);
  context_.diagnostics.back().hint = "secrets do not belong in this file: keep them in AWS Secrets Manager";
}

void SectionReader::finish() {
  const auto is_in = [](const std::vector<std::string>& keys, const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const YamlEntry& entry : node_.entries)
    if (!is_in(known_, entry.key.value) && !is_in(retired_, entry.key.value)) report_unknown(entry.key);
}

}  // namespace wsdeep::stack
