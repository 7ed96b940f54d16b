#include "load/plan/trace_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {
namespace {

constexpr Micros kLongestTrace = 366LL * 24 * 3600 * 1'000'000;

bool is_earlier(const TraceRow& a, const TraceRow& b) {
  return a.at < b.at;
}

}  // namespace

bool TraceRows::takes(std::int64_t prompt_tokens, std::int64_t output_tokens, std::size_t at) {
  if (++read_ > kMaxTraceRows) throw file_.fault(at, fmt::format("more than {} rows", kMaxTraceRows));
  if (output_tokens == 0)
    ++without_answer_;
  else if (prompt_tokens == 0)
    ++without_prompt_;
  return output_tokens > 0 && prompt_tokens > 0;
}

void TraceRows::add(Micros at, std::int64_t prompt_tokens, std::int64_t output_tokens) {
  trace_.rows.push_back({.at = at,
                         .prompt_tokens = static_cast<int>(prompt_tokens),
                         .output_tokens = static_cast<int>(output_tokens),
                         .first_block = trace_.blocks.size()});
}

void TraceRows::add_block(std::uint64_t number) {
  trace_.blocks.push_back(number);
  ++trace_.rows.back().blocks;
}

void TraceRows::note(std::string what) {
  trace_.notes.push_back(fmt::format("{}: {}", file_.name(), what));
}

void TraceRows::note_left_out(std::uint64_t count, const std::string& why) {
  if (count > 0) note(fmt::format("{} of {} rows {} left out: {}", count, read_, count == 1 ? "was" : "were", why));
}

void TraceRows::sort() {
  if (std::is_sorted(trace_.rows.begin(), trace_.rows.end(), is_earlier)) return;
  std::stable_sort(trace_.rows.begin(), trace_.rows.end(), is_earlier);
  note("the rows were not in order of time, and were sorted");
}

Trace TraceRows::finish() && {
  note_left_out(without_answer_, "no answer (a failed request)");
  note_left_out(without_prompt_, "no prompt");
  if (surplus_blocks_ > 0) note(fmt::format("{} blocks beyond their prompts' lengths were left out", surplus_blocks_));
  if (trace_.rows.empty())
    throw Error(ErrorKind::kUsage, fmt::format("{}: no row of this trace can be sent", file_.name()));
  sort();
  const Micros begin = trace_.rows.front().at;
  for (TraceRow& row : trace_.rows) row.at -= begin;
  if (trace_.rows.back().at > kLongestTrace)
    throw Error(ErrorKind::kUsage, fmt::format("{}: the trace is longer than a year", file_.name()));
  return std::move(trace_);
}

}  // namespace wsdeep::load
