#include "commands/parameter_option.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"

namespace wsdeep::commands {
namespace {

double real(std::string_view key, std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorKind::kUsage, fmt::format("parameter {} must be a number, got '{}'", key, text));
}

std::int64_t whole(std::string_view key, std::string_view text) {
  if (const auto value = parse_integer(text, INT32_MIN, INT32_MAX)) return *value;
  throw Error(ErrorKind::kUsage, fmt::format("parameter {} must be a whole number, got '{}'", key, text));
}

/// `maxTokens` and `max_tokens` are the same name.
std::string canonical(std::string_view key) {
  std::string name = to_lower(key);
  std::erase(name, '_');
  return name;
}

}  // namespace

void set_parameter(GenerationParameters& p, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    throw Error(ErrorKind::kUsage, fmt::format("expected key=value, got '{}'", assignment));
  const std::string_view key = assignment.substr(0, equals), value = assignment.substr(equals + 1);
  const std::string name = canonical(key);
  const auto set_real = [&](std::optional<double>& field) {
    field = value.empty() ? std::nullopt : std::optional(real(key, value));
  };
  const auto set_whole = [&](auto& field) {
    if (value.empty()) return field.reset();
    field = static_cast<typename std::decay_t<decltype(field)>::value_type>(whole(key, value));
  };
  if (name == "temperature") return set_real(p.temperature);
  if (name == "maxtokens") return set_whole(p.max_tokens);
  if (name == "topp") return set_real(p.top_p);
  if (name == "topk") return set_whole(p.top_k);
  if (name == "presencepenalty") return set_real(p.presence_penalty);
  if (name == "frequencypenalty") return set_real(p.frequency_penalty);
  if (name == "repetitionpenalty") return set_real(p.repetition_penalty);
  if (name == "seed") return set_whole(p.seed);
  if (name == "stop") {
    if (value.empty()) return p.stop.clear();
    p.stop.emplace_back(value);
    return;
  }
  const std::vector<std::string> known = {"temperature",      "maxTokens",         "topP", "topK", "presencePenalty",
                                          "frequencyPenalty", "repetitionPenalty", "seed", "stop"};
  const auto near = closest(key, known);
  throw Error(ErrorKind::kUsage,
              fmt::format("unknown parameter '{}'{}", key, near ? fmt::format(", did you mean '{}'?", *near) : ""),
              "there are: " + join(known, ", "));
}

std::string describe(const GenerationParameters& p) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, const auto& value) {
    if (value) parts.push_back(fmt::format("{}={}", name, *value));
  };
  add("temperature", p.temperature), add("maxTokens", p.max_tokens), add("topP", p.top_p), add("topK", p.top_k);
  add("presencePenalty", p.presence_penalty), add("frequencyPenalty", p.frequency_penalty);
  add("repetitionPenalty", p.repetition_penalty), add("seed", p.seed);
  for (const std::string& stop : p.stop) parts.push_back(fmt::format("stop={}", stop));
  return join(parts, " ");
}

}  // namespace wsdeep::commands
