#include "load/report/prometheus.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "base/utf8.h"
#include "load/report/words.h"

namespace wsdeep::load {

namespace {

/// Edges of the buckets in µs, from a gap between two tokens to an answer of a quarter of an hour.
constexpr std::array<std::int64_t, 25> kEdges = {
    100,        250,        500,        1'000,       2'500,       5'000,       10'000,       25'000,    50'000,
    75'000,     100'000,    250'000,    500'000,     750'000,     1'000'000,   2'500'000,    5'000'000, 7'500'000,
    10'000'000, 25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000};

std::string prometheus_seconds(double micros) {
  return fmt::format("{}", micros / 1e6);
}

/// As the format escapes a label's value.
std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : well_formed_utf8(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

class PrometheusPage {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP wsdeep_loadtest_{0} {2}\n# TYPE wsdeep_loadtest_{0} {1}\n", name, type, help);
  }
  void sample(std::string_view name, std::string_view labels, std::string_view value) {
    text_ += fmt::format("wsdeep_loadtest_{}{} {}\n", name, labels.empty() ? "" : fmt::format("{{{}}}", labels), value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    if (!std::isfinite(value)) return;
    head(name, "gauge", help);
    sample(name, "", fmt::format("{}", value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void tell_histogram(PrometheusPage& page, const MetricFacts& facts, const Distribution& measured) {
  const std::string name = fmt::format("{}_seconds", facts.name);
  page.head(name, "histogram", fmt::format("Time {}; over {}.", facts.meaning, facts.over));
  for (const std::int64_t edge : kEdges)
    page.sample(name + "_bucket", fmt::format("le=\"{}\"", prometheus_seconds(static_cast<double>(edge))),
                std::to_string(measured.values.count_up_to(edge)));
  page.sample(name + "_bucket", "le=\"+Inf\"", std::to_string(measured.counted()));
  page.sample(name + "_sum", "", prometheus_seconds(measured.values.sum() + measured.censored.sum()));
  page.sample(name + "_count", "", std::to_string(measured.counted()));
}

void tell_attempts(PrometheusPage& page, const Tally& tally) {
  page.head("attempts_total", "counter", "Attempts intended in the window, by how they ended.");
  const std::array<std::pair<std::string_view, std::uint64_t>, 7> ends = {{{"good", tally.good},
                                                                           {"slow", tally.slow},
                                                                           {"refused", tally.refused},
                                                                           {"failed", tally.failed},
                                                                           {"truncated", tally.truncated},
                                                                           {"cancelled", tally.cancelled},
                                                                           {"unfinished", tally.unfinished}}};
  for (const auto& [end, count] : ends)
    page.sample("attempts_total", fmt::format("end=\"{}\"", end), std::to_string(count));
}

void tell_run(PrometheusPage& page, const Result& result) {
  page.head("info", "gauge", "The run that these figures are of, and whether they may be believed.");
  page.sample("info",
              fmt::format(R"(run="{}",kind="{}",target="{}",version="{}",validity="{}")", label_value(result.id),
                          label_value(result.kind), label_value(result.target), label_value(result.version),
                          file_word(result.verdict.validity)),
              "1");
  page.gauge("start_time_seconds", "When the run began, since the epoch.",
             static_cast<double>(epoch_ms(result.started)) / 1e3);
}

}  // namespace

std::string result_prometheus(const Result& result) {
  const Slice& whole = result.summary.whole;
  PrometheusPage page;
  tell_run(page, result);
  page.gauge("window_seconds", "The length of the window.", static_cast<double>(whole.to - whole.from) / 1e6);
  tell_attempts(page, whole.tally);
  page.gauge("intended_turns_per_second", "Arrivals, as the schedule has them.", whole.intended_rate);
  page.gauge("sent_turns_per_second", "Arrivals, as they were sent.", whole.sent_rate);
  page.gauge("good_turns_per_second", "Turns within every level.", whole.goodput);
  if (!whole.counts_mixed) page.gauge("output_tokens_per_second", "Tokens received in the window.", whole.output_rate);
  page.gauge("in_flight_mean", "Turns under way, weighted by time.", whole.mean_in_flight);
  for (const MetricFacts& facts : metric_table()) {
    const Distribution& measured = whole.of(facts.metric);
    if (measured.counted() > 0) tell_histogram(page, facts, measured);
  }
  return page.take();
}

}  // namespace wsdeep::load
