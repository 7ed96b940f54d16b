#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "wire/attribute_value.h"

namespace wsdeep::local {

/// ExpressionAttributeNames (`#n` → name) and ExpressionAttributeValues (`:v` → value) of one request. Each has to be
/// used by one of the request's expressions: parse them all, then call `require_all_used`.
class Placeholders {
 public:
  Placeholders() = default;
  /// Throws the ApiFault ValidationException for a key that is no placeholder.
  Placeholders(std::map<std::string, std::string> names, wire::AttributeMap values);

  /// `#n` or `:v` with their sign; null when they are not defined.
  const std::string* name(std::string_view key);
  const wire::AttributeValue* value(std::string_view key);

  /// Throws the ApiFault ValidationException that names what no expression used.
  void require_all_used() const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
  wire::AttributeMap values_;
  std::set<std::string, std::less<>> unused_names_;
  std::set<std::string, std::less<>> unused_values_;
};

}  // namespace wsdeep::local
