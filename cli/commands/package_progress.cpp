#include "commands/package_progress.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wsdeep::commands {

std::function<void(std::size_t, std::size_t)> package_progress(const Console& console) {
  if (!console.stderr_is_terminal()) return {};
  return [&console](std::size_t done, std::size_t total) {
    console.err(done == total
                    ? "\r\x1b[K"
                    : fmt::format("\r\x1b[Kpackages  {} of {} compressed", human_bytes(done), human_bytes(total)));
  };
}

}  // namespace wsdeep::commands
