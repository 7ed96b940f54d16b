#pragma once

#include <string_view>

/// How the screens of a chat set things apart.
namespace wsdeep::commands {

inline constexpr std::string_view kDim = "2";
inline constexpr std::string_view kBold = "1";
inline constexpr std::string_view kRed = "31";

}  // namespace wsdeep::commands
