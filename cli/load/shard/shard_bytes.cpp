#include "load/shard/shard_bytes.h"

#include "base/error.h"

namespace wsdeep::load {
namespace {

constexpr int kBitsOfAByte = 7;
constexpr std::uint64_t kGoesOn = 0x80;

[[noreturn]] void refuse_bytes(const char* cause) {
  throw Error(ErrorKind::kUsage, cause);
}

}  // namespace

void ShardBytesOut::number(std::uint64_t value) {
  for (; value >= kGoesOn; value >>= kBitsOfAByte) bytes_ += static_cast<char>(value | kGoesOn);
  bytes_ += static_cast<char>(value);
}

void ShardBytesOut::signed_number(std::int64_t value) {
  number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void ShardBytesOut::text(std::string_view text) {
  number(text.size());
  bytes_ += text;
}

std::uint64_t ShardBytesIn::number() {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += kBitsOfAByte) {
    if (bytes_.empty()) refuse_bytes("it ends too early");
    const auto next = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    const std::uint64_t bits = next & (kGoesOn - 1);
    if (shift > 63 || (shift == 63 && bits > 1)) refuse_bytes("a number is too large");
    value |= bits << shift;
    if ((next & kGoesOn) == 0) return value;
  }
}

std::int64_t ShardBytesIn::signed_number() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
}

std::string ShardBytesIn::text() {
  const std::size_t size = count(1);
  std::string text(bytes_.substr(0, size));
  bytes_.remove_prefix(size);
  return text;
}

std::size_t ShardBytesIn::count(std::size_t least_bytes_each) {
  const std::uint64_t count = number();
  if (count > bytes_.size() / least_bytes_each) refuse_bytes("it counts more than it has bytes for");
  return static_cast<std::size_t>(count);
}

std::uint64_t ShardBytesIn::choice(std::uint64_t last) {
  const std::uint64_t value = number();
  if (value > last) refuse_bytes("a choice is not known");
  return value;
}

}  // namespace wsdeep::load
