#include "auth/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::auth {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kBetweenTries{20};

Error fault(const std::filesystem::path& file, const char* cause) {
  return {ErrorKind::kFailure, fmt::format("cannot lock {}: {}", file.string(), cause)};
}

/// False when another one holds it. Asking again and again, as a lock that is waited for cannot be given up in time.
bool try_lock(int fd, const std::filesystem::path& file) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return true;
  if (errno != EAGAIN && errno != EACCES && errno != EINTR) throw fault(file, std::strerror(errno));
  return false;
}

void wait_for_lock(int fd, const std::filesystem::path& file, const std::stop_token& cancel) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!try_lock(fd, file)) {
    if (cancel.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
    if (std::chrono::steady_clock::now() >= end) throw fault(file, "another process holds it");
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, const std::stop_token& cancel) {
  if (file.has_parent_path()) make_private_directories(file.parent_path());
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) throw fault(file, std::strerror(errno));
  try {
    wait_for_lock(fd_, file, cancel);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace wsdeep::auth
