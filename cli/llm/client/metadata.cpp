#include "llm/client/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/printable.h"
#include "base/text.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostBytes = 4096;  // gRPC's peers take 8 KB of all metadata by default
constexpr std::array<std::string_view, 8> kReserved = {
    "content-type", "te", "user-agent", "host", "cookie", "connection", "x-wsdeep-timings", "transfer-encoding"};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool is_reserved(std::string_view name) {
  return name.starts_with("grpc-") || std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

std::string fault_of_name(std::string_view name) {
  if (name.empty()) return "it has no name";
  if (to_lower(name) != name) return fmt::format("names are lower-case: '{}'", printable(to_lower(name)));
  if (!std::all_of(name.begin(), name.end(), is_name_character))
    return "a name is made of letters, digits, '_', '-' and '.'";
  return is_reserved(name) ? "that name is gRPC's, or this program's own" : "";
}

std::string fault_of_value(std::string_view name, std::string_view value) {
  if (name.size() + value.size() > kMostBytes) return fmt::format("it is longer than {} bytes", kMostBytes);
  if (is_binary_metadata(name)) return {};
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!plain) return "a value is printable ASCII; other bytes are for a name that ends with -bin";
  return trim(value) == value ? "" : "a value neither begins nor ends with a blank";
}

}  // namespace

std::string metadata_fault(std::string_view name, std::string_view value) {
  std::string fault = fault_of_name(name);
  if (fault.empty()) fault = fault_of_value(name, value);
  return fault.empty() ? "" : fmt::format("metadata '{}': {}", printable(name), fault);
}

}  // namespace wsdeep::llm
