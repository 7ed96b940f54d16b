#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::load {

inline constexpr std::size_t kMaxSourceBytes = 1'000'000'000;

/// A file of somebody else, read whole: UTF-8, without its byte order mark.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text);
  /// Throws Error{kNotFound} when it is not there, Error{kFailure} when it cannot be read or is larger than `limit`,
  /// and Error{kUsage} when it is empty or no UTF-8.
  static SourceFile read(const Files& files, const std::string& path, std::size_t limit = kMaxSourceBytes);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  /// `NAME:LINE:COLUMN: cause`, of the byte `at` of the text; lines and columns (in characters) count from 1.
  Error fault(std::size_t at, const std::string& cause) const;

 private:
  std::string name_;
  std::string text_;
};

/// The lines of a text one after another, without their ends (LF or CRLF).
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  std::optional<std::string_view> next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace wsdeep::load
