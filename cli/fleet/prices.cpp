#include "fleet/prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/service_fault.h"
#include "fleet/faults.h"

namespace wsdeep::fleet {
namespace {

constexpr std::chrono::minutes kSpotAge{5};

std::optional<double> dollars(const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !(value > 0)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> Prices::on_demand(const std::string& type) {
  if (const auto known = on_demand_.find(type); known != on_demand_.end()) return known->second;
  if (list_is_closed_) return std::nullopt;
  try {
    return on_demand_[type] = fleet_.pricing.on_demand_price(type, fleet_.session.target.region);
  } catch (const Error& error) {
    if (fleet_.interrupts().requested()) throw;
    list_is_closed_ = true;
    faults_.push_back(fmt::format("no prices on demand: {}", short_cause(error)));
    return std::nullopt;
  }
}

std::optional<double> Prices::spot(const std::string& type, const std::string& zone) {
  learn_spot(type);
  const auto& zones = spot_[type];
  if (const auto found = zones.find(zone); found != zones.end()) return found->second;
  if (!zone.empty() || zones.empty()) return std::nullopt;
  return std::min_element(zones.begin(), zones.end(), [](auto& a, auto& b) { return a.second < b.second; })->second;
}

void Prices::learn_spot(const std::string& type) {
  const SteadyTime now = fleet_.clock().steady_now();
  const auto read = spot_read_.find(type);
  if (market_is_closed_ || (read != spot_read_.end() && now - read->second < kSpotAge)) return;
  spot_read_[type] = now;
  try {
    for (const aws::SpotPrice& one : fleet_.ec2.spot_prices({type}, fleet_.clock().now()))
      if (const auto price = dollars(one.usd_per_hour)) spot_[type].emplace(one.zone, *price).first->second = *price;
  } catch (const Error& error) {
    if (fleet_.interrupts().requested()) throw;
    market_is_closed_ = true;
    faults_.push_back(fmt::format("no Spot prices: {}", short_cause(error)));
  }
}

std::string price_text(const std::optional<double>& usd_per_hour) {
  return usd_per_hour ? fmt::format("${:.4g}/h", *usd_per_hour) : "unknown";
}

std::string nodes_text(std::int64_t count) {
  return fmt::format("{} node{}", count, count == 1 ? "" : "s");
}

std::string cost_text(const Cost& cost, std::size_t nodes) {
  if (nodes == 0) return "$0/h";
  if (cost.unknown == nodes) return "unknown";
  std::string sum = fmt::format("${:.2f}/h", cost.usd_per_hour);
  if (cost.unknown == 0) return sum;
  return fmt::format("{} and {} of unknown price", sum, nodes_text(static_cast<std::int64_t>(cost.unknown)));
}

}  // namespace wsdeep::fleet
