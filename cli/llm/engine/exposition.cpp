#include "llm/engine/exposition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "base/text.h"

// Prometheus's text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats):
//
//     vllm:num_requests_running{engine="0",model_name="m"} 3.0 1731000000000
//
// A sample is a name, labels in braces if any, a value, and a time that is passed over. An engine tells a metric once
// for each replica (vLLM's `engine`, SGLang's `dp_rank`), which are added up; and SGLang once for each GPU that works
// on the same requests (`tp_rank`, `pp_rank`, `moe_ep_rank`), of which the highest counts.

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostSeries = 1024;  ///< of one page that are looked at
constexpr double kMostCount = 1e15;

struct Sample {
  std::string_view name;
  std::string_view labels;  ///< between the braces
  double value = 0;
};

bool is_metric_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

/// Where the labels end, that is their closing brace; npos when they do not.
std::size_t end_of_labels(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == '}')
      return i;
  }
  return std::string_view::npos;
}

/// Nothing for what is no sample. A value that is no number is NaN.
std::optional<Sample> parse_sample(std::string_view line) {
  Sample sample;
  const auto name_end = std::find_if_not(line.begin(), line.end(), is_metric_name_character);
  sample.name = line.substr(0, static_cast<std::size_t>(name_end - line.begin()));
  std::string_view rest = line.substr(sample.name.size());
  if (sample.name.empty() || rest.empty()) return std::nullopt;
  if (rest.front() == '{') {
    const std::size_t end = end_of_labels(rest.substr(1));
    if (end == std::string_view::npos) return std::nullopt;
    sample.labels = rest.substr(1, end);
    rest.remove_prefix(end + 2);
  }
  rest = trim(rest);
  const std::string_view number = rest.substr(0, rest.find_first_of(" \t"));
  const auto [stop, fault] = std::from_chars(number.data(), number.data() + number.size(), sample.value);
  if (number.empty() || stop != number.data() + number.size()) return std::nullopt;
  if (fault != std::errc()) sample.value = NAN;
  return sample;
}

/// Calls `take` with each sample until it says false.
template <typename Take>
void for_each_line(std::string_view page, Take take) {
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    std::string_view line = trim(page.substr(0, end));
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
    if (!line.empty() && line.front() != '#' && !take(line)) return;
  }
}

bool is_rank(std::string_view label) {
  return label.starts_with("tp_rank=") || label.starts_with("pp_rank=") || label.starts_with("moe_ep_rank=");
}

/// The labels without those that tell apart GPUs of one replica. A comma in a value splits it, the same way each time.
std::string replica_of(std::string_view labels) {
  std::string replica;
  for (const std::string_view label : split(labels, ','))
    if (!is_rank(trim(label))) replica.append(label).push_back(',');
  return replica;
}

/// Replica → the highest that was told of it; NaN for what was no measure.
struct Series {
  SampleKind kind = SampleKind::kCount;
  std::map<std::string, double> replicas{};
};

std::map<std::string_view, Series> gather(std::string_view page, const KindOf& kind_of) {
  std::map<std::string_view, Series> series;
  std::size_t room = kMostSeries;
  for_each_line(page, [&](std::string_view line) {
    const auto sample = parse_sample(line);
    const auto kind = sample ? kind_of(sample->name) : std::nullopt;
    if (!kind) return true;
    Series& of_name = series[sample->name];
    of_name.kind = *kind;
    const auto [place, fresh] = of_name.replicas.try_emplace(replica_of(sample->labels), sample->value);
    if (!fresh && !std::isnan(place->second) && !(place->second >= sample->value)) place->second = sample->value;
    return --room > 0;
  });
  return series;
}

std::optional<double> together(const Series& series) {
  double sum = 0, highest = 0;
  for (const auto& [replica, value] : series.replicas) {
    if (!(value >= 0) || value > (series.kind == SampleKind::kShare ? 1 : kMostCount)) return std::nullopt;
    sum += value;
    highest = std::max(highest, value);
  }
  return series.kind == SampleKind::kShare ? highest : sum;
}

}  // namespace

bool is_exposition(std::string_view page) {
  bool is_one = true;
  for_each_line(page, [&](std::string_view line) {
    is_one = parse_sample(line).has_value();
    return false;
  });
  return is_one;
}

PageValues read_values(std::string_view page, const KindOf& kind_of) {
  PageValues values;
  for (const auto& [name, series] : gather(page, kind_of)) values[name] = together(series);
  return values;
}

}  // namespace wsdeep::llm
