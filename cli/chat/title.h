#pragma once

#include <string>
#include <string_view>

/// Private to this folder.
namespace wsdeep::chat {

/// A chat's title: the first line of its first message, shortened.
std::string title_of(std::string_view text);

}  // namespace wsdeep::chat
