#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "load/measure/window.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Tokens in each way of counting, by TokenCount.
using TokensByCount = std::array<std::uint64_t, 4>;
inline std::size_t place_of(TokenCount count) {
  return static_cast<std::size_t>(count);
}

/// When tokens came, by node, in the order of the seconds; windows that begin and end at a second or at a cut are
/// exact.
class Received {
 public:
  /// From now on tokens before and after this instant are told apart.
  void cut_at(Micros instant) { cuts_.insert(instant); }

  /// Adds tokens of one turn of `node`; looks a second up once for all that come in it.
  class Adder {
   public:
    Adder(Received& all, std::size_t node) : all_(all), node_(node) {}
    void add(Micros at, TokenCount count, std::uint64_t tokens);

   private:
    Received& all_;
    std::size_t node_;
    Window slot_{};
    TokensByCount* counts_ = nullptr;
  };

  std::uint64_t in(const Window& window, TokenCount count) const;
  std::uint64_t in(const Window& window, TokenCount count, std::size_t node) const;

 private:
  Window slot_of(Micros at) const;

  std::set<Micros> cuts_;
  std::vector<std::map<Micros, TokensByCount>> nodes_;  ///< by the slot's first instant
};

}  // namespace wsdeep::load
