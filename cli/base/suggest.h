#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep {

/// The candidate that `word` most likely meant, or nothing when none is near (at most a third of it differs).
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace wsdeep
