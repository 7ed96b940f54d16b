#include "llm/node/metrics_page.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace wsdeep::llm {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// A label's value as the format wants it: UTF-8, with backslash, quote and line break escaped.
std::string label_value(std::string_view value) {
  std::string text = "\"";
  for (const char c : well_formed_utf8(value)) {
    if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      text.append({'\\', c});
    else
      text += c;
  }
  return text + '"';
}

/// One metric after the other, each with its help and type.
class PageWriter {
 public:
  template <typename Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    family(name, "counter", help);
    sample(name, {}, value);
  }
  template <typename Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    family(name, "gauge", help);
    sample(name, {}, value);
  }
  template <typename Number>
  void gauge_if(std::string_view name, std::string_view help, const std::optional<Number>& value) {
    if (value) gauge(name, help, *value);
  }
  void counter_if(std::string_view name, std::string_view help, const std::optional<double>& value) {
    if (value) counter(name, help, *value);
  }
  void histogram(std::string_view name, std::string_view help, const Histogram::Reading& reading);

  void family(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP wsdeep_node_{} {}\n# TYPE wsdeep_node_{} {}\n", name, help, name, type);
  }
  template <typename Number>
  void sample(std::string_view name, const Labels& labels, Number value) {
    text_ += fmt::format("wsdeep_node_{}", name);
    for (std::size_t i = 0; i < labels.size(); ++i)
      text_ += fmt::format("{}{}={}", i == 0 ? "{" : ",", labels[i].first, label_value(labels[i].second));
    text_ += fmt::format("{} {}\n", labels.empty() ? "" : "}", value);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

double to_seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

/// The count is that of the buckets, so that they agree while others go on observing.
void PageWriter::histogram(std::string_view name, std::string_view help, const Histogram::Reading& reading) {
  family(name, "histogram", help);
  std::int64_t below = 0;
  const std::string bucket = fmt::format("{}_bucket", name);
  for (std::size_t i = 0; i < reading.counts.size(); ++i) {
    below += reading.counts[i];
    const bool last = i == reading.bounds_us.size();
    sample(bucket, {{"le", last ? "+Inf" : fmt::format("{}", to_seconds(reading.bounds_us[i]))}}, below);
  }
  sample(fmt::format("{}_sum", name), {}, to_seconds(reading.sum_us));
  sample(fmt::format("{}_count", name), {}, below);
}

void write_state(PageWriter& page, const PageContent& content) {
  const NodeHealth& health = content.health;
  page.family("build_info", "gauge", "What runs here; always 1.");
  page.sample(
      "build_info",
      {{"version", health.version}, {"engine", health.engine}, {"model", health.model}, {"node", health.node_id}}, 1);
  page.gauge("running", "Requests that the engine works on.", health.active);
  page.gauge("waiting", "Requests that wait in the node for the engine.", health.queued);
  page.gauge("slots", "Requests that the engine works on at a time, at most.", health.slots);
  page.gauge_if("load", "Running and waiting requests for each slot: 1 when all slots are busy.", health.load);
  page.gauge("draining", "1 while the node takes no new requests because it goes.", health.draining ? 1 : 0);
  page.gauge("engine_up", "1 while the engine answers and has its model loaded.", content.engine_up ? 1 : 0);
}

void write_calls(PageWriter& page, const NodeMetrics& metrics) {
  page.counter("requests_total", "Requests that arrived.", metrics.requests.value());
  page.family("completions_total", "counter", "Answers that came to their end, by finish reason.");
  page.sample("completions_total", {{"finish_reason", "stop"}}, metrics.stopped.value());
  page.sample("completions_total", {{"finish_reason", "length"}}, metrics.cut_at_length.value());
  page.sample("completions_total", {{"finish_reason", "other"}}, metrics.otherwise_finished.value());
  page.family("cancellations_total", "counter",
              "Requests that their caller gave up, whose deadline passed, or that a drain ended.");
  page.sample("cancellations_total", {{"reason", "client"}}, metrics.cancelled_by_client.value());
  page.sample("cancellations_total", {{"reason", "deadline"}}, metrics.past_deadline.value());
  page.sample("cancellations_total", {{"reason", "drain"}}, metrics.handed_over.value());
  page.family("refusals_total", "counter", "Requests that never reached the engine, by reason.");
  constexpr std::array<const char*, kRefusals> kReasons{"draining", "invalid", "queue_full", "wait_too_long"};
  for (std::size_t i = 0; i < kRefusals; ++i)
    page.sample("refusals_total", {{"reason", kReasons.at(i)}}, metrics.refusals.at(i).value());
}

/// gRPC's codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) from 2 on: 0 is no error, and 1 is told as a
/// cancellation.
void write_errors(PageWriter& page, const NodeMetrics& metrics) {
  constexpr std::array<const char*, 17> kCodes{
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  page.family("errors_total", "counter", "Requests that the engine did not answer to the end, by gRPC's code.");
  for (std::size_t code = 2; code < kCodes.size(); ++code)
    page.sample("errors_total", {{"code", kCodes.at(code)}}, metrics.errors.at(code).value());
}

void write_tokens(PageWriter& page, const NodeMetrics& metrics) {
  page.counter("prompt_tokens_total", "Tokens of the prompts of completed answers, as the engine counts them.",
               metrics.prompt_tokens.value());
  page.counter("generated_tokens_total", "Tokens that the engine generated.", metrics.generated_tokens.value());
  if (metrics.knows_cached)
    page.counter("cached_prompt_tokens_total", "Of the prompts' tokens, those that the engine's prefix cache held.",
                 metrics.cached_prompt_tokens.value());
}

void write_times(PageWriter& page, const NodeMetrics& metrics) {
  page.histogram("time_to_first_token_seconds", "From a request's arrival to its first token.",
                 metrics.time_to_first_token.read());
  page.histogram("inter_token_latency_seconds", "From token to token; tokens that came together share their time.",
                 metrics.inter_token_latency.read());
  page.histogram("queue_time_seconds", "How long requests that the engine got had waited in the node.",
                 metrics.queue_time.read());
  page.histogram("request_time_seconds", "From the arrival of completed requests to their end.",
                 metrics.request_time.read());
}

void write_engine(PageWriter& page, const PageContent& content) {
  const EngineReadings& engine = content.engine;
  if (content.engine_page_up)
    page.gauge("engine_page_up", "1 while the engine's own page of metrics can be read.",
               *content.engine_page_up ? 1 : 0);
  page.gauge_if("kv_use", "Share of the engine's KV cache in use.", engine.kv_use);
  page.gauge_if("engine_running", "Requests that the engine says it runs.", engine.running);
  page.gauge_if("engine_waiting", "Requests that the engine says wait in it.", engine.waiting);
  page.counter_if("engine_prefix_cache_queries_total", "Tokens that the engine looked up in its prefix cache.",
                  engine.cache_queries);
  page.counter_if("engine_prefix_cache_hits_total", "Tokens that the engine found in its prefix cache.",
                  engine.cache_hits);
  page.gauge_if("engine_prefix_cache_hit_ratio", "Share of tokens that the engine finds in its prefix cache.",
                engine.cache_hit_ratio);
  page.counter_if("engine_preemptions_total", "Requests that the engine put back for want of KV cache.",
                  engine.preemptions);
}

}  // namespace

std::string metrics_page(const PageContent& content) {
  PageWriter page;
  write_state(page, content);
  write_calls(page, content.metrics);
  write_errors(page, content.metrics);
  write_tokens(page, content.metrics);
  write_times(page, content.metrics);
  write_engine(page, content);
  return page.take();
}

}  // namespace wsdeep::llm
