#pragma once

#include <cstddef>
#include <functional>

#include "terminal/progress_line.h"

namespace wsdeep::deploy {

/// A line that says how far packaging is.
class PackageProgress {
 public:
  PackageProgress(const LiveOutput& out, const Clock& clock) : line_(out, clock) {}

  /// For PackageOptions::progress; not to be called when this is gone.
  std::function<void(std::size_t done, std::size_t total)> callback();

 private:
  ProgressLine line_;
};

}  // namespace wsdeep::deploy
