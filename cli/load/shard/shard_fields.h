#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "load/shard/shard_bytes.h"

/// The fields of what a shard holds: a table that names them goes through them to write, and to read. Private to
/// shard/.
namespace wsdeep::load {

class ShardFieldsOut {
 public:
  template <std::integral Number>
  void number(Number value) {
    if constexpr (std::is_signed_v<Number>)
      bytes_.signed_number(value);
    else
      bytes_.number(value);
  }
  void flag(bool value) { bytes_.number(value ? 1 : 0); }
  void text(const std::string& value) { bytes_.text(value); }
  void optional(const std::optional<std::int64_t>& value) {
    flag(value.has_value());
    if (value) number(*value);
  }
  std::string take() { return bytes_.take(); }

 protected:
  ShardBytesOut bytes_;
};

/// Reads them from bytes that anybody may have made. Each throws Error{kUsage} that says what is wrong.
class ShardFieldsIn {
 public:
  explicit ShardFieldsIn(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral Number>
  void number(Number& value) {
    value = narrowed<Number>();
  }
  void flag(bool& value) { value = bytes_.choice(1) == 1; }
  void text(std::string& value) { value = bytes_.text(); }
  void optional(std::optional<std::int64_t>& value) {
    value.reset();
    if (bytes_.choice(1) == 1) value = bytes_.signed_number();
  }
  /// `what`: that they are of.
  void expect_end(std::string_view what) const {
    if (!bytes_.empty()) throw Error(ErrorKind::kUsage, "something follows " + std::string(what));
  }

 protected:
  ShardBytesIn bytes_;

 private:
  template <std::integral Number>
  Number narrowed() {
    const auto wide = [this] {
      if constexpr (std::is_signed_v<Number>)
        return bytes_.signed_number();
      else
        return bytes_.number();
    }();
    if (!std::in_range<Number>(wide)) throw Error(ErrorKind::kUsage, "a number is too large");
    return static_cast<Number>(wide);
  }
};

}  // namespace wsdeep::load
