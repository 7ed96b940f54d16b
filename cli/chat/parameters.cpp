#include "chat/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace wsdeep::chat {
namespace {

constexpr std::size_t kMaxStops = 5;
/// The nearest value that is allowed where 0 is not.
constexpr double kSmallest = 0.01;

class Clamp {
 public:
  explicit Clamp(std::vector<std::string>& adjusted) : adjusted_(adjusted) {}

  /// Into [low, high].
  template <typename Number>
  void into(std::string_view name, std::optional<Number>& value, Number low, Number high) {
    if (value && (*value < low || *value > high)) replace(name, value, std::clamp(*value, low, high));
  }

  /// Into (0, high].
  void into_positive(std::string_view name, std::optional<double>& value, double high) {
    if (value && *value <= 0) replace(name, value, kSmallest);
    into(name, value, 0.0, high);
  }

 private:
  template <typename Number>
  void replace(std::string_view name, std::optional<Number>& value, Number by) {
    adjusted_.push_back(fmt::format("{}: {} → {}", name, *value, by));
    value = by;
  }

  std::vector<std::string>& adjusted_;
};

/// An engine refuses an empty stop text, and more than a few.
void clamp_stops(std::vector<std::string>& stop, std::vector<std::string>& adjusted) {
  const std::size_t before = stop.size();
  std::erase(stop, "");
  if (stop.size() > kMaxStops) stop.resize(kMaxStops);
  if (stop.size() != before) adjusted.push_back(fmt::format("stop: {} texts → {}", before, stop.size()));
}

}  // namespace

std::vector<std::string> clamp_parameters(GenerationParameters& parameters) {
  std::vector<std::string> adjusted;
  Clamp clamp(adjusted);
  clamp.into("temperature", parameters.temperature, 0.0, 2.0);
  clamp.into("maxTokens", parameters.max_tokens, 1, 4096);
  clamp.into_positive("topP", parameters.top_p, 1.0);
  clamp.into("topK", parameters.top_k, 1, 100);
  // 0 is these two's usual value: their range is the one that the engines' APIs share.
  clamp.into("presencePenalty", parameters.presence_penalty, -2.0, 2.0);
  clamp.into("frequencyPenalty", parameters.frequency_penalty, -2.0, 2.0);
  clamp.into_positive("repetitionPenalty", parameters.repetition_penalty, 2.0);
  clamp_stops(parameters.stop, adjusted);
  return adjusted;
}

}  // namespace wsdeep::chat
