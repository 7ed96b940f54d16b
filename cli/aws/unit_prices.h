#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wsdeep::aws {

/// What AWS asks for a unit of what a chat uses, in US dollars: list prices of the first tier, without free tiers,
/// discounts and taxes. The defaults are those of us-east-1, as AWS's pages had them on that day:
/// https://aws.amazon.com/api-gateway/pricing/  "Pay only for messages sent and received and the total number of
///   connection minutes", "Messages are metered in 32 KB increments"
/// https://aws.amazon.com/lambda/pricing/       by request and by GB-second, "rounded up to the nearest 1ms"
/// https://aws.amazon.com/dynamodb/pricing/on-demand/  by write and read request unit
/// An instance's price has no default: it is what there is most to choose from, and most of the cost.
struct UnitPrices {
  std::string region = "us-east-1";
  std::string as_of = "2026-11-29";
  double million_messages = 1.00;                  ///< API Gateway, WebSocket; of 32 KB begun
  double million_connection_minutes = 0.25;        ///< API Gateway, WebSocket
  double million_calls = 0.20;                     ///< Lambda
  double gb_second_x86_64 = 0.0000166667;          ///< Lambda
  double gb_second_arm64 = 0.0000133334;           ///< Lambda
  double million_write_units = 0.625;              ///< DynamoDB on demand; of 1 KB begun, two in a transaction
  double million_read_units = 0.125;               ///< DynamoDB on demand; of 4 KB begun, consistent
  std::map<std::string, double> instance_hours{};  ///< EC2, by type

  bool operator==(const UnitPrices&) const = default;
};

/// The names by which settings say them.
struct UnitPriceName {
  std::string_view name;
  double UnitPrices::*price;
};
inline constexpr std::array<UnitPriceName, 7> kUnitPriceNames = {{
    {"million_messages", &UnitPrices::million_messages},
    {"million_connection_minutes", &UnitPrices::million_connection_minutes},
    {"million_calls", &UnitPrices::million_calls},
    {"gb_second_x86_64", &UnitPrices::gb_second_x86_64},
    {"gb_second_arm64", &UnitPrices::gb_second_arm64},
    {"million_write_units", &UnitPrices::million_write_units},
    {"million_read_units", &UnitPrices::million_read_units},
}};

/// `g6e.xlarge`: a family that begins with a letter, and a size; in lower case.
bool is_instance_type(std::string_view type);
/// `1.861`, above 0, at most 10,000, without exponent; nothing for anything else.
std::optional<double> usd_per_hour(std::string_view text);

}  // namespace wsdeep::aws
