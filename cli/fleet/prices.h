#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fleet/fleet.h"

namespace wsdeep::fleet {

/// What an hour of an instance costs: on demand by AWS's price list, Spot by what the market says now. Asked for once,
/// Spot again after some minutes. Who may not read them gets no price, and the reason once.
class Prices {
 public:
  explicit Prices(Fleet& fleet) : fleet_(fleet) {}

  std::optional<double> on_demand(const std::string& type);
  /// `zone` empty: the cheapest of the region.
  std::optional<double> spot(const std::string& type, const std::string& zone);

  /// Why there are none, as far as there is more to it than that nobody knows them.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void learn_spot(const std::string& type);

  Fleet& fleet_;
  std::map<std::string, std::optional<double>> on_demand_;
  std::map<std::string, std::map<std::string, double>> spot_;  ///< type → zone → dollars
  std::map<std::string, SteadyTime> spot_read_;
  bool list_is_closed_ = false, market_is_closed_ = false;
  std::vector<std::string> faults_;
};

/// `$0.8048/h`; `unknown` for nothing.
std::string price_text(const std::optional<double>& usd_per_hour);

/// `1 node`, `3 nodes`
std::string nodes_text(std::int64_t count);

/// A sum that says what it leaves out.
struct Cost {
  double usd_per_hour = 0;
  std::size_t unknown = 0;  ///< nodes without a price
};
/// `$1.61/h`, `$1.61/h and 1 node of unknown price`, `unknown`
std::string cost_text(const Cost& cost, std::size_t nodes);

}  // namespace wsdeep::fleet
