#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "load/measure/histogram.h"
#include "load/report/result.h"

namespace wsdeep::load {

/// A line of an HdrHistogram log.
struct HdrInterval {
  std::string tag{};   ///< empty: it has none; without comma, blank and line break
  double start_s = 0;  ///< after the log's start
  double length_s = 0;
  Histogram values{};

  bool operator==(const HdrInterval&) const = default;
};

struct HdrLog {
  SystemTime start;
  std::vector<HdrInterval> intervals;
};

/// The log of a run, values in µs: for each stage (or for the whole of a run without stages) a line for each metric
/// that was measured, tagged by its name, and one tagged `<name>.unfinished` for its lower bounds, if there are any.
HdrLog hdr_log_of(const Result& result);

/// Format 1.3 of HdrHistogram's logs. The column of the largest values is in ms, and a comment says so. Throws
/// Error{kUsage} for a tag that no log can hold.
std::string write_hdr_log(const HdrLog& log);

/// Reads logs of format 1.2 and 1.3, line by line: a few bytes of text may be a large histogram, and one is held at a
/// time. Returns the log's start: without a comment that says it, that of the first line. Throws Error{kUsage} with
/// `name` and the line of the fault.
SystemTime read_hdr_log(std::string_view text, std::string_view name, const std::function<void(HdrInterval)>& each);

/// The sums of a log's lines by tag; Error{kUsage} for more than kMaxHdrTags of them.
std::map<std::string, Histogram> merge_hdr_log(std::string_view text, std::string_view name);
inline constexpr std::size_t kMaxHdrTags = 1000;

}  // namespace wsdeep::load
