#include "wire/http_route.h"

#include <algorithm>
#include <tuple>

#include "base/encoding.h"
#include "base/text.h"

namespace wsdeep::wire {
namespace {

/// How well a route fits; the greater one is chosen.
using Fit = std::tuple<bool, std::size_t, bool>;  // no greedy variable, fixed parts, a method of its own

bool is_variable(std::string_view part) {
  return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool is_greedy(std::string_view part) {
  return is_variable(part) && part[part.size() - 2] == '+';
}

std::string_view name_of_variable(std::string_view part) {
  return part.substr(1, part.size() - (is_greedy(part) ? 3 : 2));
}

std::size_t fixed_parts(std::string_view pattern) {
  const auto parts = split(pattern, '/');
  return static_cast<std::size_t>(std::count_if(parts.begin(), parts.end(), [](auto p) { return !is_variable(p); }));
}

}  // namespace

std::optional<NamedTexts> match_path(std::string_view pattern, std::string_view path) {
  NamedTexts values;
  const auto wanted = split(pattern, '/'), got = split(path, '/');
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= got.size()) return std::nullopt;
    if (!is_variable(wanted[i])) {
      if (wanted[i] != got[i]) return std::nullopt;
      continue;
    }
    const bool greedy = is_greedy(wanted[i]);
    const std::string_view text = greedy ? path.substr(static_cast<std::size_t>(got[i].data() - path.data())) : got[i];
    auto value = percent_decode(text);
    if (!value || value->empty()) return std::nullopt;
    values.emplace(name_of_variable(wanted[i]), std::move(*value));
    if (greedy) return values;
  }
  return wanted.size() == got.size() ? std::optional(std::move(values)) : std::nullopt;
}

std::optional<std::size_t> choose_route(const std::vector<std::string>& route_keys, std::string_view method,
                                        std::string_view path, NamedTexts& parameters) {
  std::optional<std::size_t> best;
  Fit best_fit;
  for (std::size_t i = 0; i < route_keys.size(); ++i) {
    const std::string_view key = route_keys[i];
    const std::size_t blank = key.find(' ');
    if (blank == std::string_view::npos) {  // $default
      if (!best) best = i;
      continue;
    }
    const std::string_view own = key.substr(0, blank), pattern = key.substr(blank + 1);
    if (own != "ANY" && own != method) continue;
    auto values = match_path(pattern, path);
    if (!values) continue;
    const Fit fit{!pattern.ends_with("+}"), fixed_parts(pattern), own != "ANY"};
    if (best && route_keys[*best].find(' ') != std::string::npos && fit <= best_fit) continue;
    best = i;
    best_fit = fit;
    parameters = std::move(*values);
  }
  return best;
}

}  // namespace wsdeep::wire
