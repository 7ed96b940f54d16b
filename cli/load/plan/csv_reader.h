#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "load/plan/source_file.h"

namespace wsdeep::load {

/// One field of a line: between its quotes, if it has any; a doubled quote in it stays doubled.
struct CsvField {
  std::string_view text;
  std::size_t at = 0;  ///< in the file, for faults
};

/// Reads comma separated values (RFC 4180, LF or CRLF) in place; empty lines are no records.
class CsvReader {
 public:
  explicit CsvReader(const SourceFile& file) : file_(file), text_(file.text()) {}
  /// The next line's fields; none at the end. Throws Error{kUsage} with line and column.
  bool next(std::vector<CsvField>& fields);
  const SourceFile& file() const { return file_; }

 private:
  CsvField read_field();
  CsvField read_quoted();
  /// The length of the line end that stands here; 0 when none does.
  std::size_t line_end() const;
  bool at_end() const { return at_ >= text_.size(); }

  const SourceFile& file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace wsdeep::load
