#pragma once

#include <nlohmann/json.hpp>

/// Private to cli/llm.
namespace wsdeep::llm {

/// The value of `name`; nullptr when it is null, when it is missing, and when `object` is none.
inline const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace wsdeep::llm
