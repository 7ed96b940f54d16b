#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wsdeep {

/// The files that a part of the program reads and writes: the disk, or a test's memory.
/// Every failure is Error{kFailure} and names the path and the system's reason.
class Files {
 public:
  virtual ~Files() = default;
  /// Nothing when there is no such file. Reads at most `limit` bytes; a longer file is an error.
  virtual std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit = 16 << 20) const = 0;
  /// Whole or not at all: writes a temporary file beside `path`, syncs it, renames it. Makes missing parents (0700).
  virtual void write(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644) = 0;
  /// False when there was nothing to remove.
  virtual bool remove(const std::filesystem::path& path) = 0;
};

class DiskFiles final : public Files {
 public:
  std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit = 16 << 20) const override;
  void write(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644) override;
  bool remove(const std::filesystem::path& path) override;
};

/// Makes `path` and its parents, each new one with mode 0700.
void make_private_directories(const std::filesystem::path& path);

}  // namespace wsdeep
