#pragma once

#include <string>
#include <string_view>

namespace wsdeep::aws {

/// The text of the first `<name>` element in `xml`, entities resolved; empty when there is none. The answers that need
/// it (errors, STS) hold each name once, so this needs no XML parser.
std::string xml_text(std::string_view xml, std::string_view name);

}  // namespace wsdeep::aws
