#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/unit_prices.h"
#include "load/report/result.h"

namespace wsdeep::load {

struct InstanceCount {
  std::int64_t count = 0;
  std::string type;

  bool operator==(const InstanceCount&) const = default;
};

/// What a run is priced by, beside what was seen of it.
struct CostTerms {
  aws::UnitPrices prices{};
  std::vector<InstanceCount> instances{};  ///< the nodes; none: nobody said it
  bool arm64 = false;                      ///< the functions' architecture
  std::int64_t memory_mb = 256;            ///< of each function
  std::int64_t generate_memory_mb = 512;   ///< of the one that holds an answer
};

/// `3xg6e.xlarge`, `g6e.xlarge`. Throws Error{kUsage} that says what `option` expects.
InstanceCount parse_instances(const std::string& words, const std::string& option);
/// `g6e.xlarge=1.861`: dollars an hour, into `prices`. Throws likewise.
void parse_instance_price(const std::string& words, const std::string& option, aws::UnitPrices& prices);

/// What the window of a run of kind `chat` or `llm` cost: instances for its length and, of chat, what API Gateway,
/// Lambda and the tables ask for what was seen. How each is counted stands at the top of cost.cpp.
CostFigures cost_of(const Result& result, const CostTerms& terms);

/// The units that turns and connections had of the tables, those of indexes too.
struct TableUnits {
  CountRange writes{};
  CountRange reads{};
};
TableUnits table_units(const DoorUse& door, const ConnectionUse& connections);

}  // namespace wsdeep::load
