#pragma once

#include <chrono>

#include "base/random.h"

namespace wsdeep::session {

/// How long to wait before the next connection. All clients of a gateway lose it in the same moment, and none of them
/// knows of the others: what spreads them is chance, over a window that starts at four seconds (1,000 clients then come
/// at some 250 a second, and those that fail come again among them; API Gateway takes 500) and doubles with every
/// failure.
class BackOff {
 public:
  static constexpr std::chrono::milliseconds kLeast{200};
  static constexpr std::chrono::milliseconds kFirstWindow{4'000};
  static constexpr std::chrono::milliseconds kLongestWindow{30'000};

  explicit BackOff(double (*random)() = random_unit) : random_(random) {}

  std::chrono::milliseconds next();
  /// A connection stood, or was of use: the next loss is a first one.
  void reset() { failures_ = 0; }

 private:
  double (*random_)();
  int failures_ = 0;
};

}  // namespace wsdeep::session
