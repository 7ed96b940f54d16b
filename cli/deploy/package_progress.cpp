#include "deploy/package_progress.h"

#include <fmt/format.h>

#include "base/display.h"

namespace wsdeep::deploy {

std::function<void(std::size_t, std::size_t)> PackageProgress::callback() {
  return [this](std::size_t done, std::size_t total) {
    line_.show(fmt::format("packages  {} of {} compressed", human_bytes(done), human_bytes(total)));
  };
}

}  // namespace wsdeep::deploy
