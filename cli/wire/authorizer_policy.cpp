#include "wire/authorizer_policy.h"

#include <algorithm>

#include "base/text.h"

namespace wsdeep::wire {
namespace {

constexpr std::string_view kInvoke = "execute-api:invoke";

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_pattern(pattern, text); });
}

bool names_invoke(const std::vector<std::string>& actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [](const std::string& action) { return matches_pattern(to_lower(action), kInvoke); });
}

bool is_about(const PolicyStatement& statement, std::string_view arn) {
  return names_invoke(statement.actions) != statement.other_actions &&
         any_matches(statement.resources, arn) != statement.other_resources;
}

}  // namespace

Access judge(const Policy& policy, std::string_view arn) {
  Access access = Access::kNotAllowed;
  for (const PolicyStatement& statement : policy) {
    if (!is_about(statement, arn)) continue;
    if (!statement.allow) return Access::kDenied;
    access = Access::kAllowed;
  }
  return access;
}

/// A `*` takes as little as it can; only the last one that was met is ever widened, so the work is bounded by the
/// product of both lengths.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, after_star = std::string_view::npos, widened_to = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      widened_to = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++widened_to;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace wsdeep::wire
