#include "commands/loadtest/search_words.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "commands/not_empty.h"
#include "load/limit/search_options.h"
#include "load/plan/words.h"

namespace wsdeep::commands {
namespace {

constexpr std::int64_t kMostOfSweep = 100;
constexpr std::int64_t kMostUsersOfSweep = 1'000'000;

[[noreturn]] void refuse_sweep(const std::string& words, const std::string& cause) {
  throw Error(ErrorKind::kUsage, fmt::format("--sweep '{}': {}", words, cause),
              "say 2/s..32/s:5 or 1/s,2/s,5/s, and with --concurrency 10..160:5 or 10,20,50");
}

double sweep_load(const std::string& word, load::LoadAxis axis, const std::string& all) {
  if (axis == load::LoadAxis::kRate) return load::parse_rate(word, "--sweep");
  const auto users = parse_integer(word, 1, kMostUsersOfSweep);
  if (!users) refuse_sweep(all, fmt::format("expected a number of users, got '{}'", word));
  return static_cast<double>(*users);
}

/// By equal factors from the first to the last.
std::vector<double> steps_between(double first, double last, std::int64_t count, load::LoadAxis axis) {
  std::vector<double> loads;
  for (std::int64_t i = 0; i < count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(count - 1);
    loads.push_back(load::sayable_load(axis, first * std::pow(last / first, part)));
  }
  return loads;
}

std::vector<double> sweep_range(const std::string& words, std::size_t dots, load::LoadAxis axis) {
  const std::size_t colon = words.find(':', dots);
  if (colon == std::string::npos) refuse_sweep(words, "how many loads is missing");
  const auto count = parse_integer(words.substr(colon + 1), 2, kMostOfSweep);
  if (!count) refuse_sweep(words, fmt::format("expected from 2 to {} loads", kMostOfSweep));
  const double first = sweep_load(words.substr(0, dots), axis, words);
  const double last = sweep_load(words.substr(dots + 2, colon - dots - 2), axis, words);
  if (last <= first) refuse_sweep(words, "the last load is not above the first");
  return steps_between(first, last, *count, axis);
}

void refuse_beside(std::string_view flag, bool given, std::string_view search) {
  if (given) throw Error(ErrorKind::kUsage, fmt::format("{} and {} exclude each other", search, flag));
}

}  // namespace

void add_search_options(const Command& command, SearchWords& words) {
  const std::string group = "Several loads";
  command
      .add_flag("--find-limit", words.find_limit,
                "look for the highest rate at which every --slo holds; with --concurrency: for the most users")
      .group(group);
  command.add_option("--find-limit-for", words.find_limit_for, "how long that may take")
      .shows_default()
      .check(not_empty)
      .group(group);
  command
      .add_option("--sweep", words.sweep,
                  "try each of these loads for --duration: 2/s..32/s:5 or 1/s,2/s,5/s; with --concurrency: 10..160:5")
      .check(not_empty)
      .excludes("--find-limit")
      .group(group);
}

load::LoadAxis search_axis(const load::PlanOptions& plan) {
  return plan.concurrency ? load::LoadAxis::kUsers : load::LoadAxis::kRate;
}

std::vector<double> sweep_loads(const std::string& words, load::LoadAxis axis) {
  if (const std::size_t dots = words.find(".."); dots != std::string::npos) return sweep_range(words, dots, axis);
  std::vector<double> loads;
  for (const std::string_view word : split(words, ',')) loads.push_back(sweep_load(std::string(word), axis, words));
  if (loads.size() > static_cast<std::size_t>(kMostOfSweep))
    refuse_sweep(words, fmt::format("more than {} loads", kMostOfSweep));
  return loads;
}

void check_search_flags(const SearchWords& words, const load::PlanOptions& plan, const std::vector<std::string>& levels,
                        const load::OutputOptions& outputs) {
  const std::string_view search = words.find_limit ? "--find-limit" : "--sweep";
  refuse_beside("--stages", plan.stages.has_value(), search);
  refuse_beside("--trace", plan.trace.has_value(), search);
  refuse_beside("--requests", plan.requests.has_value(), search);
  refuse_beside("--blocks", plan.blocks.has_value(), search);
  refuse_beside("--records", !outputs.records.empty(), search);
  refuse_beside("--hdr", !outputs.hdr.empty(), search);
  refuse_beside("--prometheus", !outputs.prometheus.empty(), search);
  refuse_beside("--rate", !words.sweep.empty() && plan.rate.has_value(), search);
  if (words.find_limit && levels.empty())
    throw Error(ErrorKind::kUsage, "--find-limit needs a level that has to hold", "say --slo 'ttft_p95<1s'");
}

}  // namespace wsdeep::commands
