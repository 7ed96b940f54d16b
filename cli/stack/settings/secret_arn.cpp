#include "stack/settings/secret_arn.h"

#include <algorithm>
#include <cstddef>

#include "base/ascii.h"

namespace wsdeep::stack {

bool is_partial_secret_arn(std::string_view secret) {
  constexpr std::size_t kOfTheService = 6;
  if (!secret.starts_with("arn:")) return false;
  const std::size_t hyphen = secret.rfind('-');
  if (hyphen == std::string_view::npos || hyphen < secret.rfind(':')) return true;
  const std::string_view end = secret.substr(hyphen + 1);
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); };
  return end.size() != kOfTheService || !std::all_of(end.begin(), end.end(), fits);
}

}  // namespace wsdeep::stack
