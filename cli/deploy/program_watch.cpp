#include "deploy/program_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/error.h"

namespace wsdeep::deploy {
namespace {

/// Between two programs that are linked one after the other. That nothing more comes for so long is the sign that a
/// build has ended; one that goes on after it is simply another change.
constexpr int kQuietMs = 500;
constexpr int kForever = -1;

}  // namespace

ProgramWatch::ProgramWatch(const std::filesystem::path& folder, const std::vector<std::string>& programs)
    : programs_(programs.begin(), programs.end()),
      events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      stopped_(::eventfd(0, EFD_CLOEXEC)) {
  if (::inotify_add_watch(events_.get(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot watch {}: {}", folder.string(), std::strerror(errno)),
                "name the folder of the built programs with --binaries");
}

bool ProgramWatch::wait_for_change(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stopped_.get(), &one, sizeof one);
  });
  bool changed = false;
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> waited{{{events_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
    const int ready = ::poll(waited.data(), waited.size(), changed ? kQuietMs : kForever);
    if (ready == 0) return true;
    if (ready > 0 && waited[0].revents != 0 && read_events()) changed = true;
  }
  return false;
}

/// True when one of the programs is among what has happened.
bool ProgramWatch::read_events() {
  alignas(inotify_event) std::array<char, 16 << 10> block;
  bool ours = false;
  for (;;) {
    const ssize_t size = ::read(events_.get(), block.data(), block.size());
    if (size <= 0) return ours;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(block.data() + at);
      // What was too much to be kept may have been ours.
      if ((event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && programs_.contains(event->name))) ours = true;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

}  // namespace wsdeep::deploy
