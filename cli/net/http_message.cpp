#include "net/http_message.h"

#include "base/text.h"

namespace wsdeep::net {

std::optional<std::string> header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (iequals(key, name)) return value;
  return std::nullopt;
}

}  // namespace wsdeep::net
