#pragma once

#include <filesystem>

namespace wsdeep {

/// A folder of our own (0700) where temporary files go; it goes with all that is in it.
class TemporaryFolder {
 public:
  /// Throws Error{kFailure} when none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wsdeep
