#pragma once

#include <map>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::testing {

/// Files that are only in memory.
class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(std::map<std::filesystem::path, std::string> initial = {}) : contents(std::move(initial)) {}

  std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) const override {
    const auto found = contents.find(path);
    if (found == contents.end()) return std::nullopt;
    if (found->second.size() > limit) throw Error(ErrorKind::kFailure, "cannot read " + path.string() + ": too large");
    return found->second;
  }
  void write(const std::filesystem::path& path, std::string_view content, mode_t) override { contents[path] = content; }
  bool remove(const std::filesystem::path& path) override { return contents.erase(path) > 0; }

  std::map<std::filesystem::path, std::string> contents;
};

}  // namespace wsdeep::testing
