#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wsdeep::lab {

/// What every session of a server gets. Fixed when the keeper starts, which is before anything else does.
struct JailOptions {
  /// Name and folder of the trees of programs that a session may have; the first one is the default. `/` is the host's.
  std::vector<std::pair<std::string, std::string>> images{{"host", "/"}};
  std::string shell = "/bin/bash";  ///< in the image; where it is missing, /bin/sh
  int memory_mb = 512;              ///< of all its processes and files together
  int processes = 128;              ///< threads count as well
  double cpus = 1.0;
  int home_mb = 64;  ///< of files at home; as much again at /tmp
  int open_files = 1024;
};

/// The user that a session sees itself as.
inline constexpr unsigned kJailUser = 1000;

}  // namespace wsdeep::lab
