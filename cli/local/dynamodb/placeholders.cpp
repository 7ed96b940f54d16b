#include "local/dynamodb/placeholders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

bool is_placeholder(std::string_view key, char sign) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return key.size() > 1 && key[0] == sign && std::all_of(key.begin() + 1, key.end(), is_word);
}

void require_placeholder(std::string_view key, char sign, std::string_view member) {
  if (!is_placeholder(key, sign))
    throw validation_fault(fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", member, key));
}

void require_empty(const std::set<std::string, std::less<>>& unused, std::string_view member) {
  if (!unused.empty())
    throw validation_fault(
        fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", member, fmt::join(unused, ", ")));
}

}  // namespace

Placeholders::Placeholders(std::map<std::string, std::string> names, wire::AttributeMap values)
    : values_(std::move(values)) {
  for (auto& [key, name] : names) {
    require_placeholder(key, '#', "ExpressionAttributeNames");
    unused_names_.insert(key);
    names_.emplace(key, std::move(name));
  }
  for (const auto& [key, value] : values_) {
    require_placeholder(key, ':', "ExpressionAttributeValues");
    unused_values_.insert(key);
  }
}

const std::string* Placeholders::name(std::string_view key) {
  const auto found = names_.find(key);
  if (found == names_.end()) return nullptr;
  unused_names_.erase(found->first);
  return &found->second;
}

const wire::AttributeValue* Placeholders::value(std::string_view key) {
  const auto found = values_.find(key);
  if (found == values_.end()) return nullptr;
  unused_values_.erase(found->first);
  return &found->second;
}

void Placeholders::require_all_used() const {
  require_empty(unused_values_, "ExpressionAttributeValues");
  require_empty(unused_names_, "ExpressionAttributeNames");
}

}  // namespace wsdeep::local
