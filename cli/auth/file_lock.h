#pragma once

#include <filesystem>
#include <stop_token>

namespace wsdeep::auth {

/// Holds a lock file for as long as it lives, so that what is read, changed and written under it is one step for every
/// process and thread (an open file description lock, fcntl(2): it goes with its holder, whatever becomes of it). Makes
/// missing parents (0700) and the file itself (0600); waits at most ten seconds, then Error{kFailure} that names it, or
/// until it is told to stop, Error{kInterrupted}.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file, const std::stop_token& cancel = {});
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int fd_;
};

}  // namespace wsdeep::auth
