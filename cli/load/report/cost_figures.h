#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::load {

/// One thing that is paid for.
struct CostItem {
  std::string name;  ///< `messages`, `table writes`, `3 × g6e.xlarge`
  double least = 0;  ///< so many units were used in the window, at least
  double most = 0;   ///< and at most: the same where they were counted
  double usd_per_unit = 0;
  std::string price;  ///< as price lists have it: `$1.00 a million`

  double least_usd() const { return least * usd_per_unit; }
  double most_usd() const { return most * usd_per_unit; }
};

/// The item of API Gateway's messages.
inline constexpr std::string_view kMessagesItem = "messages";

/// What a run's window cost, by list prices.
struct CostFigures {
  std::string region;  ///< of the prices
  std::string as_of;   ///< their day
  std::vector<CostItem> items{};
  std::vector<std::string> unknown{};  ///< what has no price, or could not be counted: the sums are without it
  std::uint64_t good_tokens = 0;       ///< of good turns
  std::uint64_t all_tokens = 0;  ///< generated, as far as anybody said it: those of the other turns, and wasted ones

  double least_usd() const {
    double sum = 0;
    for (const CostItem& item : items) sum += item.least_usd();
    return sum;
  }
  double most_usd() const {
    double sum = 0;
    for (const CostItem& item : items) sum += item.most_usd();
    return sum;
  }
  /// Whether all is known that a price of a million good tokens is made of.
  bool is_whole() const { return unknown.empty() && good_tokens > 0; }
  /// Of a million good tokens; nothing where a part of the cost is not known.
  std::optional<double> least_per_mtok() const { return per_mtok(least_usd()); }
  std::optional<double> most_per_mtok() const { return per_mtok(most_usd()); }

 private:
  std::optional<double> per_mtok(double usd) const {
    return is_whole() ? std::optional(usd / static_cast<double>(good_tokens) * 1e6) : std::nullopt;
  }
};

}  // namespace wsdeep::load
