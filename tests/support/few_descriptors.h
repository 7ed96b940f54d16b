#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wsdeep::test {

/// For as long as it lives this process can open no descriptor, or only `room` of them; those that are open stay.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t room = 0) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlim_t first_free = 0;
    for (int fd = 0; fd < kLooked; ++fd)
      if (::fcntl(fd, F_GETFD) >= 0) first_free = static_cast<rlim_t>(fd) + 1;
    // Gaps below are filled, so that the number of the next one is the limit.
    for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0; fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
      if (static_cast<rlim_t>(fd) >= first_free) {
        ::close(fd);
        break;
      }
      if (filled_ < kMostFilled) fillers_[filled_++] = fd;
    }
    const rlimit none{first_free + room, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~FewDescriptors() {
    for (int at = 0; at < filled_; ++at) ::close(fillers_[at]);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  static constexpr int kLooked = 1024;
  static constexpr int kMostFilled = 256;
  rlimit before_{};
  int fillers_[kMostFilled] = {};
  int filled_ = 0;
};

}  // namespace wsdeep::test
