// The format is that of HdrHistogram's HistogramLogWriter, comments first:
//
//     #[Histogram log format version 1.3]
//     #[StartTime: 1700000000.000 (seconds since epoch), 2023-11-14T22:13:20Z]
//     #[BaseTime: 1700000000.000 (seconds since epoch)]
//     "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//     Tag=ttft,0.000,60.000,812.351,HISTFAAAA…
//
// A line's start is in seconds since BaseTime. Where that is missing it is since StartTime if it lies a year or more
// before it, and since the epoch otherwise.

#include "load/report/hdr_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "load/report/hdr_histogram.h"

namespace wsdeep::load {

namespace {

constexpr std::string_view kLegend =
    R"("StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram")";
constexpr std::string_view kTagMark = "Tag=";
constexpr double kYearInSeconds = 365.0 * 24 * 3600;
constexpr double kLatestSecond = 1e10;  // in the year 2286

double hdr_seconds(Micros time) {
  return static_cast<double>(time) / 1e6;
}

double epoch_seconds_of(SystemTime time) {
  return static_cast<double>(epoch_ms(time)) / 1e3;
}

void add_metric_lines(const Slice& slice, const MetricFacts& facts, std::vector<HdrInterval>& out) {
  const Distribution& measured = slice.of(facts.metric);
  const double from = hdr_seconds(slice.from), length = hdr_seconds(slice.to - slice.from);
  if (!measured.values.empty()) out.push_back({std::string(facts.name), from, length, measured.values});
  if (!measured.censored.empty())
    out.push_back({fmt::format("{}.unfinished", facts.name), from, length, measured.censored});
}

std::string hdr_line(const HdrInterval& interval) {
  if (interval.tag.find_first_of(", \t\r\n") != std::string::npos)
    throw Error(ErrorKind::kUsage,
                fmt::format("a log's tag has neither comma nor blank: '{}'", printable(interval.tag)));
  const std::string tag = interval.tag.empty() ? "" : fmt::format("{}{},", kTagMark, interval.tag);
  const double max_ms = static_cast<double>(interval.values.max()) / 1e3;
  return fmt::format("{}{:.3f},{:.3f},{:.3f},{}\n", tag, interval.start_s, interval.length_s, max_ms,
                     encode_histogram(interval.values));
}

/// Reads one log; knows the line that it is at.
class HdrLogReader {
 public:
  HdrLogReader(std::string_view name, const std::function<void(HdrInterval)>& each) : name_(name), each_(each) {}

  void read(std::string_view line) {
    ++line_;
    line = trim(line);
    if (line.starts_with('#')) return read_comment(line);
    if (!line.empty() && !line.starts_with('"')) read_interval(line);
  }

  SystemTime start() const { return from_epoch_ms(std::llround(std::clamp(start_.value_or(0), 0.0, 1e10) * 1000)); }

 private:
  [[noreturn]] void refuse(const std::string& cause) const {
    throw Error(ErrorKind::kUsage, fmt::format("{}:{}: {}", name_, line_, cause));
  }

  /// Some writers pad their numbers.
  double second(std::string_view text) const {
    text = trim(text);
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= kLatestSecond))
      refuse(fmt::format("expected seconds, got '{}'", printable(text.substr(0, 40))));
    return value;
  }

  /// The number of a comment such as `#[StartTime: 1.5 (seconds since epoch)]`.
  std::optional<double> comment(std::string_view line, std::string_view mark) const {
    if (!line.starts_with(mark)) return std::nullopt;
    line = trim(line.substr(mark.size()));
    return second(line.substr(0, line.find_first_of(" ],")));
  }

  void read_comment(std::string_view line) {
    constexpr std::string_view kVersion = "#[Histogram log format version ";
    if (line.starts_with(kVersion)) {
      const std::string_view version = line.substr(kVersion.size(), line.find(']') - kVersion.size());
      if (version != "1.2" && version != "1.3")
        refuse(fmt::format("the log has format {}, and 1.2 and 1.3 are read", printable(version.substr(0, 40))));
    }
    if (const auto start = comment(line, "#[StartTime:")) start_ = start;
    if (const auto base = comment(line, "#[BaseTime:")) base_ = base;
  }

  void read_interval(std::string_view line) {
    HdrInterval interval;
    if (line.starts_with(kTagMark)) {
      const std::size_t comma = line.find(',');
      interval.tag = line.substr(kTagMark.size(), comma - kTagMark.size());
      line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
    }
    const std::vector<std::string_view> fields = split(line, ',');
    if (fields.size() != 4) refuse("expected [Tag=NAME,]start,length,max,histogram");
    interval.start_s = after_start(second(fields[0]));
    interval.length_s = second(fields[1]);
    second(fields[2]);  // the largest value, in a unit of the writer's: the histogram knows it better
    try {
      interval.values = decode_histogram(trim(fields[3]));
    } catch (const Error& error) {
      refuse(error.what());
    }
    each_(std::move(interval));
  }

  double after_start(double second) {
    if (!start_) start_ = base_.value_or(0) + second;
    if (base_) return *base_ + second - *start_;
    return second < *start_ - kYearInSeconds ? second : second - *start_;
  }

  std::string_view name_;
  const std::function<void(HdrInterval)>& each_;
  std::size_t line_ = 0;
  std::optional<double> start_, base_;
};

}  // namespace

HdrLog hdr_log_of(const Result& result) {
  HdrLog log{result.started, {}};
  const Summary& summary = result.summary;
  const std::span<const Slice> slices =
      summary.stages.empty() ? std::span(&summary.whole, 1) : std::span(summary.stages.data(), summary.stages.size());
  for (const Slice& slice : slices)
    for (const MetricFacts& facts : metric_table()) add_metric_lines(slice, facts, log.intervals);
  return log;
}

std::string write_hdr_log(const HdrLog& log) {
  const double start = epoch_seconds_of(log.start);
  std::string out = fmt::format(
      "#[Logged by wsdeep; values are in µs, Interval_Max in ms]\n#[Histogram log format version 1.3]\n"
      "#[StartTime: {:.3f} (seconds since epoch), {}]\n#[BaseTime: {:.3f} (seconds since epoch)]\n{}\n",
      start, iso8601_ms(log.start), start, kLegend);
  for (const HdrInterval& interval : log.intervals) out += hdr_line(interval);
  return out;
}

SystemTime read_hdr_log(std::string_view text, std::string_view name, const std::function<void(HdrInterval)>& each) {
  HdrLogReader reader(name, each);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.read(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.start();
}

std::map<std::string, Histogram> merge_hdr_log(std::string_view text, std::string_view name) {
  std::map<std::string, Histogram> sums;
  read_hdr_log(text, name, [&](const HdrInterval& interval) {
    sums[interval.tag].add(interval.values);
    if (sums.size() > kMaxHdrTags)
      throw Error(ErrorKind::kUsage, fmt::format("{}: it has more than {} tags", name, kMaxHdrTags));
  });
  return sums;
}

}  // namespace wsdeep::load
