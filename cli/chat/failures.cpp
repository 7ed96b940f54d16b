#include "chat/failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "chat/ports.h"

namespace wsdeep::chat {
namespace {

struct HumanText {
  std::string_view category;
  std::string_view title;
  std::string_view text;
};

/// The first one stands for every category that is not listed.
constexpr std::array<HumanText, 9> kTexts{{
    {"internal", kProcessingFailed, "Something went wrong on our side. Please try again."},
    {"rate_limited", kProcessingFailed, "Too many requests at the moment. Please try again in a few seconds."},
    {"llm_unavailable", kProcessingFailed, "The model cannot answer at the moment. Please try again in a minute."},
    {"llm_overloaded", kProcessingFailed, "The model is busy with other requests. Please try again in a minute."},
    {"llm_timeout", kProcessingFailed, "The model took too long to answer. Please try again, or ask for less."},
    {"invalid_input", kInvalidInput, "The model does not take this message."},
    {"cancelled", "Generation cancelled", "The answer was cancelled."},
    {"busy", "Busy", "The chat is answering another message. Wait for it, or cancel it, and ask again."},
    {"chat_expired", "Chat expired", "This chat is not kept any more. Start a new conversation."},
}};

const HumanText& human_text(std::string_view category) {
  const auto found =
      std::find_if(kTexts.begin(), kTexts.end(), [&](const HumanText& text) { return text.category == category; });
  return found == kTexts.end() ? kTexts.front() : *found;
}

/// Says the time that is known instead of a minute.
std::string with_time(std::string text, std::chrono::milliseconds time) {
  constexpr std::string_view kMinute = "in a minute";
  const std::size_t at = text.find(kMinute);
  if (at == std::string::npos) return text;
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(time), std::chrono::seconds(1));
  return text.replace(at, kMinute.size(), fmt::format("in {} s", seconds.count()));
}

}  // namespace

Refusal invalid_input(std::string text) {
  return {kInvalidInput, "invalid_input", std::move(text)};
}

Refusal refusal_of(std::string_view category) {
  const HumanText& human = human_text(category);
  return {human.title, human.category, std::string(human.text)};
}

std::string category_of(const std::exception& failure) {
  return dynamic_cast<const Throttled*>(&failure) != nullptr ? "rate_limited" : "internal";
}

wire::ErrorFrame failure_frame(std::string_view category, std::string_view message_id, std::int64_t timestamp_ms,
                               std::string_view words, std::optional<std::chrono::milliseconds> retry_after) {
  const HumanText& human = human_text(category);
  std::string text(human.text);
  if (retry_after) text = with_time(std::move(text), *retry_after);
  if (!words.empty()) text.append(" The engine says: ").append(words);
  wire::ErrorFrame frame{std::string(human.title), std::move(text), std::string(human.category),
                         std::string(message_id), timestamp_ms};
  if (retry_after) frame.retry_after_ms = retry_after->count();
  return frame;
}

}  // namespace wsdeep::chat
