#include "aws/xml_text.h"

#include <array>
#include <utility>

namespace wsdeep::aws {
namespace {

std::string unescape(std::string text) {
  // `&amp;` last, or `&amp;lt;` would become `<`.
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
  for (const auto& [entity, character] : kEntities)
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at)
      text.replace(at, entity.size(), 1, character);
  return text;
}

}  // namespace

std::string xml_text(std::string_view xml, std::string_view name) {
  std::string open = "<";
  open.append(name).append(">");
  const std::size_t start = xml.find(open);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = xml.substr(start + open.size());
  return unescape(std::string(rest.substr(0, rest.find('<'))));
}

}  // namespace wsdeep::aws
