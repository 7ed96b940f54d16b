#pragma once

#include <string>
#include <string_view>

namespace wsdeep::llm {

/// The text of a PEM file of at most 1 MiB, empty for no file; `what` names it in words ("CA file"). Throws Error.
std::string read_pem(const std::string& path, std::string_view what);

}  // namespace wsdeep::llm
