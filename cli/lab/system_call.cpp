#include "lab/system_call.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"

namespace wsdeep::lab {

void fail_of_system(const std::string& what) {
  throw Error(ErrorKind::kFailure, what + ": " + std::strerror(errno));
}

int checked(int result, const std::string& what) {
  if (result < 0) fail_of_system(what);
  return result;
}

bool can_write_kernel_file(const std::string& path, const std::string& text) {
  const OwnedDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.get() >= 0 && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void write_kernel_file(const std::string& path, const std::string& text) {
  if (!can_write_kernel_file(path, text)) fail_of_system("cannot write " + path);
}

}  // namespace wsdeep::lab
