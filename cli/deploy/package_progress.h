#pragma once

#include <cstddef>
#include <functional>

#include "terminal/console.h"

namespace wsdeep::deploy {

/// A line on a terminal that says how far packaging is, and is gone when that ends, well or not; nothing elsewhere.
class PackageProgress {
 public:
  explicit PackageProgress(const Console& console) : console_(console) {}
  PackageProgress(const PackageProgress&) = delete;
  PackageProgress& operator=(const PackageProgress&) = delete;
  ~PackageProgress();

  /// For PackageOptions::progress; not to be called when this is gone.
  std::function<void(std::size_t done, std::size_t total)> callback();

 private:
  const Console& console_;
  bool drawn_ = false;
};

}  // namespace wsdeep::deploy
