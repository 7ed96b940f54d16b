#include "load/report/fleet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/printable.h"

namespace wsdeep::load {
namespace {

/// What is shown of an address, where it says it: a gauge by its peak and mean, a counter by what it grew.
struct ShownFigure {
  std::string_view name;
  std::string_view words;
  bool is_share = false;
};
constexpr std::array<ShownFigure, 21> kShownFigures{{
    {"load", "load"},
    {"queued", "queued"},
    {"kv_use", "KV cache", true},
    {"completed", "completed"},
    {"cancelled", "cancelled"},
    {"failed", "failed"},
    {"wsdeep_node_waiting", "queued"},
    {"wsdeep_node_generated_tokens_total", "tokens generated"},
    {"wsdeep_node_refusals_total", "refused"},
    {"vllm:num_requests_running", "running"},
    {"vllm:num_requests_waiting", "waiting"},
    {"vllm:kv_cache_usage_perc", "KV cache", true},
    {"vllm:prefix_cache_queries_total", "prompt tokens looked up"},
    {"vllm:prefix_cache_hits_total", "of them cached"},
    {"vllm:num_preemptions_total", "preempted"},
    {"sglang:num_running_reqs", "running"},
    {"sglang:num_queue_reqs", "waiting"},
    {"sglang:token_usage", "KV cache", true},
    {"sglang:cached_tokens_total", "prompt tokens cached"},
    {"llamacpp:requests_processing", "running"},
    {"llamacpp:requests_deferred", "waiting"},
}};

std::string gauge_text(const ShownFigure& shown, const EngineFigure& figure) {
  if (shown.is_share)
    return fmt::format("{} {} at most, {} in the mean", shown.words, share_text(figure.peak), share_text(figure.mean));
  return fmt::format("{} {:.4g} at most, {:.3g} in the mean", shown.words, figure.peak, figure.mean);
}

std::string growth_text(const ShownFigure& shown, const EngineFigure& figure) {
  return fmt::format("{} {}", count_text(static_cast<std::uint64_t>(figure.last - figure.first)), shown.words);
}

std::string shown_text(const EngineFigures& engine) {
  std::string words;
  for (const ShownFigure& shown : kShownFigures) {
    const auto figure = std::find_if(engine.figures.begin(), engine.figures.end(),
                                     [&](const EngineFigure& one) { return one.name == shown.name; });
    if (figure == engine.figures.end()) continue;
    words += words.empty() ? "" : "; ";
    words += figure->counts_up ? growth_text(shown, *figure) : gauge_text(shown, *figure);
  }
  return words.empty() ? "it said nothing that is known here" : words;
}

std::string engine_text(const EngineFigures& engine) {
  std::string words = shown_text(engine);
  if (engine.drain_seen > 0) words += fmt::format("; draining in {} readings", count_text(engine.drain_seen));
  if (engine.failed > 0)
    words += fmt::format("; {} of {} readings failed: {}", count_text(engine.failed), count_text(engine.asked),
                         printable(engine.fault));
  return words;
}

}  // namespace

Facts cancel_facts(const CancelFigures& cancels) {
  std::string words = fmt::format("of {} of {} it is known when their slots were free", count_text(cancels.known),
                                  count_text(cancels.cancelled));
  if (cancels.known > 0)
    words += fmt::format(", to ± {}: {:.3g} slot-seconds after the cancel",
                         time_text(static_cast<double>(cancels.resolution)), cancels.slot_seconds);
  if (cancels.known < cancels.cancelled && !cancels.fault.empty()) words += "; " + printable(cancels.fault);
  return {{"cancelled", words}};
}

void tell_cancels(Page& page, const CancelFigures& cancels) {
  page.say(cancel_facts(cancels));
}

Facts engine_facts(const std::vector<EngineFigures>& engines) {
  Facts facts;
  for (const EngineFigures& engine : engines) {
    const bool is_node = !engine.node.empty();
    facts.emplace_back(is_node ? "node" : "page",
                       fmt::format("{}: {}", printable(is_node ? engine.node : engine.url), engine_text(engine)));
  }
  return facts;
}

void tell_engines(Page& page, const std::vector<EngineFigures>& engines) {
  if (engines.empty()) return;
  page.heading("MEANWHILE");
  page.say(engine_facts(engines));
}

}  // namespace wsdeep::load
