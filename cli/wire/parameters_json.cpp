#include "wire/parameters_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "wire/json_writer.h"

namespace wsdeep::wire {
namespace {

/// The spelling that is there; camelCase when both or none are.
std::string_view spelling(const JsonFields& fields, std::string_view camel, std::string_view snake) {
  return fields.find(camel) == nullptr && fields.find(snake) != nullptr ? snake : camel;
}

/// A whole number, saturated to Integer's range.
template <typename Integer>
std::optional<Integer> saturated(const JsonFields& fields, std::string_view name) {
  using Range = std::numeric_limits<Integer>;
  const auto number = fields.number_if(name);
  if (!number) return std::nullopt;
  if (std::trunc(*number) != *number) fields.fail(name, "expected an integer");
  if (*number >= static_cast<double>(Range::max())) return Range::max();
  if (*number <= static_cast<double>(Range::min())) return Range::min();
  return static_cast<Integer>(fields.integer(name));
}

}  // namespace

GenerationParameters parse_parameters(const JsonFields& fields) {
  GenerationParameters out;
  out.temperature = fields.number_if("temperature");
  out.max_tokens = saturated<std::int32_t>(fields, spelling(fields, "maxTokens", "max_tokens"));
  out.top_p = fields.number_if(spelling(fields, "topP", "top_p"));
  out.top_k = saturated<std::int32_t>(fields, spelling(fields, "topK", "top_k"));
  out.presence_penalty = fields.number_if(spelling(fields, "presencePenalty", "presence_penalty"));
  out.frequency_penalty = fields.number_if(spelling(fields, "frequencyPenalty", "frequency_penalty"));
  out.repetition_penalty = fields.number_if(spelling(fields, "repetitionPenalty", "repetition_penalty"));
  out.stop = fields.texts_if("stop").value_or(std::vector<std::string>{});
  out.seed = saturated<std::int64_t>(fields, "seed");
  return out;
}

std::string encode_parameters(const GenerationParameters& parameters) {
  JsonObject out;
  const auto add = [&](std::string_view name, const auto& value) {
    if (value) out.add(name, *value);
  };
  add("temperature", parameters.temperature);
  add("maxTokens", parameters.max_tokens);
  add("topP", parameters.top_p);
  add("topK", parameters.top_k);
  add("presencePenalty", parameters.presence_penalty);
  add("frequencyPenalty", parameters.frequency_penalty);
  add("repetitionPenalty", parameters.repetition_penalty);
  if (!parameters.stop.empty()) out.add_json("stop", json_strings(parameters.stop));
  add("seed", parameters.seed);
  return out.text();
}

}  // namespace wsdeep::wire
