#pragma once

#include <string>
#include <vector>

namespace wsdeep::stack {

struct ZipEntry {
  std::string path;  ///< inside the zip, with forward slashes
  std::string content;
  bool executable = false;  ///< mode 0755, else 0644
};

/// A zip of the entries, in their order. The bytes depend on nothing but the entries and the compression library: no
/// times, no owner, no time zone. Throws Error{kFailure} when the archive library refuses.
std::string make_zip(const std::vector<ZipEntry>& entries);

}  // namespace wsdeep::stack
