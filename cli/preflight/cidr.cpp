#include "preflight/cidr.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace wsdeep::preflight {
namespace {

struct Block {
  std::uint32_t address = 0;
  int prefix = 0;
};

std::optional<Block> block_in(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto prefix = parse_integer(text.substr(slash + 1), 0, 32);
  const auto parts = split(text.substr(0, slash), '.');
  if (!prefix || parts.size() != 4) return std::nullopt;
  Block block{0, static_cast<int>(*prefix)};
  for (const std::string_view part : parts) {
    const auto byte = parse_integer(part, 0, 255);
    if (!byte) return std::nullopt;
    block.address = block.address << 8 | static_cast<std::uint32_t>(*byte);
  }
  return block;
}

}  // namespace

bool overlap(std::string_view a, std::string_view b) {
  const auto one = block_in(a), other = block_in(b);
  if (!one || !other) return false;
  const int common = std::min(one->prefix, other->prefix);
  const std::uint32_t mask = common == 0 ? 0 : ~std::uint32_t{0} << (32 - common);
  return (one->address & mask) == (other->address & mask);
}

}  // namespace wsdeep::preflight
