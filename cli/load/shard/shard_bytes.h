#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace wsdeep::load {

/// Numbers and texts as bytes: LEB128, seven bits a byte, the low ones first; of signed ones the sign lowest (ZigZag).
class ShardBytesOut {
 public:
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  void text(std::string_view text);

  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Takes them from the front of bytes that anybody may have made. Each throws Error{kUsage} that says what is wrong.
class ShardBytesIn {
 public:
  explicit ShardBytesIn(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number();
  std::int64_t signed_number();
  std::string text();
  /// How many things follow, each of so many bytes at least: never more than can be there.
  std::size_t count(std::size_t least_bytes_each);
  /// One of `first … last`.
  std::uint64_t choice(std::uint64_t last);

  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace wsdeep::load
