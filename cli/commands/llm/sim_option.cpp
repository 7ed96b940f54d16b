#include "commands/llm/sim_option.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"

namespace wsdeep::commands {
namespace {

double share(std::string_view key, std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorKind::kUsage, fmt::format("--sim {} must be a number, got '{}'", key, text));
}

int count(std::string_view key, std::string_view text) {
  if (const auto value = parse_integer(text, 0, 1'000'000)) return static_cast<int>(*value);
  throw Error(ErrorKind::kUsage, fmt::format("--sim {} must be a whole number, got '{}'", key, text));
}

}  // namespace

void set_sim_option(llm::SimOptions& sim, int& queue, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string key(assignment.substr(0, equals));
  const std::string_view value = equals == std::string_view::npos ? "" : assignment.substr(equals + 1);
  const auto duration = [&] { return parse_duration(value, "--sim " + key); };
  const std::map<std::string, std::function<void()>> setters = {
      {"seed", [&] { sim.seed = static_cast<std::uint64_t>(count(key, value)); }},
      {"ttft", [&] { sim.ttft = duration(); }},
      {"inter-token", [&] { sim.inter_token = duration(); }},
      {"prefill", [&] { sim.prefill_per_token = duration(); }},
      {"jitter", [&] { sim.jitter = share(key, value); }},
      {"exponential", [&] { sim.exponential = value.empty() || value == "on"; }},
      {"slots", [&] { sim.slots = count(key, value); }},
      {"queue", [&] { queue = count(key, value); }},
      {"slowdown", [&] { sim.slowdown = share(key, value); }},
      {"reasoning", [&] { sim.reasoning = value.empty() || value == "on"; }},
      {"tokens", [&] { sim.tokens = count(key, value); }},
      {"refuse", [&] { sim.refuse = share(key, value); }},
      {"break", [&] { sim.break_mid_stream = share(key, value); }},
      {"stall", [&] { sim.stall = share(key, value); }}};
  const auto found = setters.find(key);
  if (found != setters.end()) return found->second();
  std::vector<std::string> names;
  for (const auto& [name, setter] : setters) names.push_back(name);
  const auto near = closest(key, names);
  throw Error(ErrorKind::kUsage,
              fmt::format("unknown --sim setting '{}'{}", key, near ? fmt::format(", did you mean '{}'?", *near) : ""),
              "settings: " + join(names, ", "));
}

}  // namespace wsdeep::commands
