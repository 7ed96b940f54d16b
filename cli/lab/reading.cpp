#include "lab/reading.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace wsdeep::lab {
namespace {

constexpr std::chrono::milliseconds kReadAgain{100};

}  // namespace

void Reading::start(int fd) {
  wait_ = {};
  if (readable_) return;
  try {
    readable_ = loop_.on_readable(fd, [this] { work_(); });
    told_ = false;
  } catch (const std::exception& error) {
    if (!std::exchange(told_, true)) log_warn("what a session writes has to wait", {{"cause", error.what()}});
    start_after(kReadAgain, fd);
  }
}

void Reading::start_after(std::chrono::nanoseconds wait, int fd) {
  readable_ = {};
  wait_ = loop_.after(wait, [this, fd] { start(fd); });
}

void Reading::stop() {
  readable_ = {};
  wait_ = {};
}

}  // namespace wsdeep::lab
