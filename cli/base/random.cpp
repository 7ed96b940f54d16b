#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/encoding.h"
#include "base/error.h"

namespace wsdeep {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    if (got < 0 && errno != EINTR)
      throw Error(ErrorKind::kFailure, std::string("cannot read random bytes: ") + std::strerror(errno));
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string random_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string text = hex(bytes);
  for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

double random_unit() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace wsdeep
