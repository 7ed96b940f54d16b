#include "base/descriptor_limit.h"

#include <sys/resource.h>

namespace wsdeep {

std::size_t raise_descriptor_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const rlimit before = files;
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) files = before;
  return static_cast<std::size_t>(files.rlim_cur);
}

}  // namespace wsdeep
