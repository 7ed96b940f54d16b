#include "preflight/quota_codes.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/text.h"

namespace wsdeep::preflight {
namespace {

struct Family {
  std::string_view letters;    ///< of the type, before its generation
  std::int64_t generation;     ///< the first that the row is for
  std::string_view on_demand;  ///< codes of its quotas
  std::string_view spot;
  std::string_view pattern;
};

/// Of the rows of a family the last one counts whose generation the type has reached. Spot's quotas tell P5 from older
/// ones; of P6 they do not say which is theirs.
constexpr std::array kFamilies{
    Family{"g", 0, "L-DB2E81BA", "L-3819A6DF", "g*"},     Family{"gr", 0, "L-DB2E81BA", "L-3819A6DF", "g*"},
    Family{"vt", 0, "L-DB2E81BA", "L-3819A6DF", "vt*"},   Family{"p", 0, "L-417A185B", "L-7212CCBC", "p*"},
    Family{"p", 5, "L-417A185B", "L-C4BD4855", "p*"},     Family{"p", 6, "L-417A185B", "", "p*"},
    Family{"inf", 0, "L-1945791B", "L-B5D1601B", "inf*"}, Family{"trn", 0, "L-2C3B7624", "L-6B0D517C", "trn*"},
};

const Family* family_of(std::string_view type) {
  const std::size_t digit = type.find_first_of("0123456789");
  if (digit == std::string_view::npos) return nullptr;
  std::size_t end = digit;
  while (end < type.size() && is_digit(type[end])) ++end;
  const std::int64_t generation = parse_integer(type.substr(digit, end - digit), 0, 1000).value_or(0);
  const Family* found = nullptr;
  for (const Family& one : kFamilies)
    if (one.letters == type.substr(0, digit) && generation >= one.generation) found = &one;
  return found;
}

}  // namespace

std::string_view quota_code(std::string_view instance_type, bool spot) {
  const Family* family = family_of(instance_type);
  if (family == nullptr) return {};
  return spot ? family->spot : family->on_demand;
}

std::vector<std::string> counted_with(std::string_view instance_type) {
  const Family* family = family_of(instance_type);
  if (family == nullptr) return {};
  std::vector<std::string> patterns;
  for (const Family& one : kFamilies)
    if (one.on_demand == family->on_demand && std::ranges::find(patterns, one.pattern) == patterns.end())
      patterns.emplace_back(one.pattern);
  return patterns;
}

NodeCounts node_counts(const stack::LlmSettings& llm, bool spot) {
  NodeCounts all{llm.max, std::max<std::int64_t>({llm.min, llm.desired, 1})};
  for (const stack::ScheduleEntry& entry : llm.schedule) all.most = std::max(all.most, entry.max);
  all.most = std::max(all.most, all.first);
  if (llm.capacity == stack::Capacity::kOnDemand) return spot ? NodeCounts{} : all;
  const NodeCounts base{std::min(llm.on_demand_base, all.most), std::min(llm.on_demand_base, all.first)};
  return spot ? NodeCounts{all.most - base.most, all.first - base.first} : base;
}

}  // namespace wsdeep::preflight
