#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "load/plan/source_file.h"
#include "load/plan/trace.h"

namespace wsdeep::load {

/// Collects the rows of a trace from whatever its file looks like.
class TraceRows {
 public:
  explicit TraceRows(const SourceFile& file) : file_(file) {}

  /// True when this row is one to send: its prompt and its answer are not empty. Throws Error{kUsage} beyond
  /// kMaxTraceRows; `at` is where it stands in the file.
  bool takes(std::int64_t prompt_tokens, std::int64_t output_tokens, std::size_t at);
  /// That row.
  void add(Micros at, std::int64_t prompt_tokens, std::int64_t output_tokens);
  /// A block of the row that was added last.
  void add_block(std::uint64_t number);
  /// Blocks of that row that have no place in its length.
  void count_surplus_blocks(std::size_t count) { surplus_blocks_ += count; }

  /// In order of time, from 0 on.
  Trace finish() &&;

 private:
  void sort();
  void note(std::string what);
  void note_left_out(std::uint64_t count, const std::string& why);

  const SourceFile& file_;
  Trace trace_{};
  std::uint64_t read_ = 0;
  std::uint64_t without_prompt_ = 0;
  std::uint64_t without_answer_ = 0;
  std::size_t surplus_blocks_ = 0;
};

}  // namespace wsdeep::load
