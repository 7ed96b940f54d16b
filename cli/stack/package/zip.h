#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::stack {

/// A file's content as a zip holds it: compressing is what takes the time, and many zips hold the same libraries.
struct Deflated {
  std::string bytes;
  std::uint32_t crc = 0;   ///< CRC-32 of the content
  std::uint64_t size = 0;  ///< of the content
};

/// The bytes depend on nothing but the content and zlib. `progress` is told of each block how many bytes it had. Throws
/// Error{kInterrupted} soon after `stop` is requested.
Deflated deflate_content(std::string_view content, const std::stop_token& stop = {},
                         const std::function<void(std::size_t)>& progress = {});

struct ZipEntry {
  std::string path;  ///< inside the zip, with forward slashes
  std::shared_ptr<const Deflated> content;
  bool executable = false;  ///< mode 0755, else 0644
};

/// A zip of the entries, in their order: no times, no owner, no time zone. Throws Error{kFailure} for one that would
/// not fit a zip without extensions, 4 GB.
std::string make_zip(const std::vector<ZipEntry>& entries);

/// What the compressed bytes depend on besides the content: the library's version.
std::string compressor_version();

}  // namespace wsdeep::stack
