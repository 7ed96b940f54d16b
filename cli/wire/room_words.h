#pragma once

#include <string_view>

#include "base/text.h"

/// What words mean in a room, to those who say them as to those who hear them.
namespace wsdeep::wire {

/// `@model …` asks the model; the name alone, or a word that begins with it, does not.
inline bool asks_model(std::string_view text) {
  constexpr std::string_view kModel = "@model";
  const std::string_view said = trim(text);
  if (to_lower(said.substr(0, kModel.size())) != kModel) return false;
  const std::string_view rest = said.substr(kModel.size());
  return !trim(rest).empty() && std::string_view(" \t\n,:").find(rest.front()) != std::string_view::npos;
}

}  // namespace wsdeep::wire
