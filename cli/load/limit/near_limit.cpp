#include "load/limit/near_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "load/measure/window.h"

namespace wsdeep::load {
namespace {

constexpr double kSlotsNear = 0.95;  ///< of a node's slots
constexpr double kCacheNear = 0.9;
constexpr double kQuotaNear = 0.8;
constexpr double kNewConnectionsQuota = 500;  ///< a second: API Gateway's for an account, unless it was raised
constexpr std::size_t kMostReasonsNamed = 4;

/// Names under which engines tell the same thing.
constexpr std::array<std::string_view, 4> kCacheNames = {"kv_use", "vllm:kv_cache_usage_perc", "sglang:token_usage",
                                                         "wsdeep_node_kv_use"};
constexpr std::array<std::string_view, 4> kWaitingNames = {"wsdeep_node_waiting", "vllm:num_requests_waiting",
                                                           "sglang:num_queue_reqs", "llamacpp:requests_deferred"};

class Nearness {
 public:
  std::vector<NearLimit> take() { return std::move(near_); }

  void look_at(const EngineFigures& engine) {
    const std::string where = engine.node.empty() ? engine.url : engine.node;
    for (const EngineFigure& figure : engine.figures) {
      if (figure.name == "load" && figure.peak >= kSlotsNear) slots(where, engine, figure);
      if (is_one_of(kCacheNames, figure.name) && figure.peak >= kCacheNear)
        add("KV cache of " + where, fmt::format("{:.0f} % at most", figure.peak * 100));
      if (is_one_of(kWaitingNames, figure.name) && figure.peak >= 1)
        add("engine's queue at " + where, fmt::format("{:.4g} waiting at most", figure.peak));
    }
  }

  void look_at(const std::map<std::string, std::uint64_t>& reasons, std::uint64_t attempts) {
    std::vector<std::pair<std::uint64_t, std::string>> most;
    for (const auto& [reason, count] : reasons) most.emplace_back(count, reason);
    std::ranges::sort(most, std::greater<>());
    if (most.size() > kMostReasonsNamed) most.resize(kMostReasonsNamed);
    for (const auto& [count, reason] : most)
      add(fmt::format("turns that ended with '{}'", reason), fmt::format("{} of {}", count, attempts));
  }

  void look_at_connections(double a_second) {
    if (a_second >= kQuotaNear * kNewConnectionsQuota)
      add("new connections", fmt::format("{:.0f}/s; API Gateway's quota is {:.0f}/s unless it was raised", a_second,
                                         kNewConnectionsQuota));
  }

 private:
  template <class Names>
  static bool is_one_of(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  }

  void slots(const std::string& where, const EngineFigures& engine, const EngineFigure& load) {
    std::string value = fmt::format("{:.3g} turns for each at most, {:.2g} in the mean", load.peak, load.mean);
    for (const EngineFigure& figure : engine.figures)
      if (figure.name == "queued" && figure.peak > 0) value += fmt::format("; {:.4g} queued at most", figure.peak);
    add("slots of " + where, std::move(value));
  }

  void add(std::string what, std::string value) { near_.push_back({std::move(what), std::move(value)}); }

  std::vector<NearLimit> near_;
};

}  // namespace

std::vector<NearLimit> near_limits(const LimitPoint& point) {
  Nearness near;
  if (point.runs.empty()) return {};
  const Result& last = point.runs.back();
  for (const EngineFigures& engine : last.driver.engines) near.look_at(engine);
  const Slice& whole = last.summary.whole;
  near.look_at(whole.tally.reasons, whole.tally.attempts);
  // Those that were opened before the run came as slowly as was asked for.
  if (last.kind == "chat")
    near.look_at_connections(
        Window{whole.from, whole.to}.rate(static_cast<double>(last.summary.connection_use.opened)));
  return near.take();
}

}  // namespace wsdeep::load
