#include "deploy/package_progress.h"

#include <fmt/format.h>

#include "base/display.h"

namespace wsdeep::deploy {

PackageProgress::~PackageProgress() {
  if (drawn_) console_.err("\r\x1b[K");
}

std::function<void(std::size_t, std::size_t)> PackageProgress::callback() {
  if (!console_.stderr_is_terminal()) return {};
  return [this](std::size_t done, std::size_t total) {
    console_.err(fmt::format("\r\x1b[Kpackages  {} of {} compressed", human_bytes(done), human_bytes(total)));
    drawn_ = true;
  };
}

}  // namespace wsdeep::deploy
