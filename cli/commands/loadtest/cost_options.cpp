#include "commands/loadtest/cost_options.h"

#include <chrono>

#include "base/duration.h"
#include "commands/not_empty.h"
#include "stack/settings/settings.h"

namespace wsdeep::commands {
namespace {

load::CostTerms terms_of_settings(const stack::EnvironmentSettings& settings) {
  load::CostTerms terms;
  terms.prices = settings.prices;
  terms.arm64 = settings.functions.architecture == stack::Architecture::kArm64;
  terms.memory_mb = settings.functions.memory_mb;
  terms.generate_memory_mb = settings.functions.generate_memory_mb;
  // Of several types it is not known which ones run.
  if (settings.llm.instance_types.size() == 1 && settings.llm.desired > 0)
    terms.instances.push_back({settings.llm.desired, settings.llm.instance_types.front()});
  return terms;
}

/// Of the environment that `target` names, if it names one. Warnings are told when the target is looked up.
std::optional<stack::EnvironmentSettings> settings_of_target(const TargetOptions& target, const Files& files) {
  if (target.environment.empty()) return std::nullopt;
  std::vector<stack::Diagnostic> told;
  const std::string path = target.settings.empty() ? "wsdeep.yaml" : target.settings;
  return stack::choose_environment(stack::load_settings(files, path, told), target.environment);
}

}  // namespace

void add_cost_options(const Command& command, CostOptions& options) {
  const std::string group = "Cost";
  command.add_flag("--cost", options.cost, "say what the run cost by list prices, and a million good tokens with it")
      .group(group);
  command
      .add_option("--instances", options.instances,
                  "nodes that the run was on, such as 3xg6e.xlarge; may be repeated; implies --cost")
      .repeats()
      .check(not_empty)
      .group(group);
  command
      .add_option("--price-instance", options.instance_prices,
                  "what a type costs, in dollars an hour: g6e.xlarge=1.861; may be repeated; implies --cost")
      .repeats()
      .check(not_empty)
      .group(group);
}

void add_coalescing_option(const Command& command, CostOptions& options) {
  command
      .add_option("--coalesce", options.coalescing,
                  "coalescing window that the target has, for what --cost says of others; by default that of the "
                  "environment's settings, or 20ms")
      .check(not_empty)
      .group("Cost");
}

std::optional<load::CostTerms> cost_terms(const CostOptions& options, const TargetOptions& target, const Files& files) {
  if (!options.cost && options.instances.empty() && options.instance_prices.empty()) return std::nullopt;
  const auto settings = settings_of_target(target, files);
  load::CostTerms terms = settings ? terms_of_settings(*settings) : load::CostTerms{};
  if (!options.instances.empty()) terms.instances.clear();
  for (const std::string& words : options.instances)
    terms.instances.push_back(load::parse_instances(words, "--instances"));
  for (const std::string& words : options.instance_prices)
    load::parse_instance_price(words, "--price-instance", terms.prices);
  return terms;
}

load::Micros coalescing_window(const CostOptions& options, const TargetOptions& target, const Files& files) {
  using std::chrono::microseconds;
  if (!options.coalescing.empty()) return microseconds(parse_milliseconds(options.coalescing, "--coalesce")).count();
  const auto settings = settings_of_target(target, files);
  return settings ? microseconds(std::chrono::milliseconds(settings->limits.coalesce_ms)).count()
                  : load::kUsualCoalescingWindow;
}

}  // namespace wsdeep::commands
