#include "preflight/cidr.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"
#include "stack/settings/value_rules.h"

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
  const auto address = stack::ipv4_of(text.substr(0, slash));
  if (!prefix || !address) return std::nullopt;
  return Block{*address, static_cast<int>(*prefix)};
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
