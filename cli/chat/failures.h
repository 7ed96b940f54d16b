#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "wire/chat_frames.h"

/// The contract's error categories, and how they are told to a person. Private to this folder.
namespace wsdeep::chat {

inline constexpr std::string_view kInvalidInput = "Invalid input";
inline constexpr std::string_view kProcessingFailed = "Error processing request";

/// Why a frame is not done. Becomes an error frame.
struct Refusal {
  std::string_view title;
  std::string_view category;
  std::string text;
  std::optional<std::int64_t> retry_after_ms{};  ///< when it is worth while to ask again; nothing: nobody knows
};

Refusal invalid_input(std::string text);
/// Of the category's own words.
Refusal refusal_of(std::string_view category);

/// `internal` for a failed port, `rate_limited` for a throttled one.
std::string category_of(const std::exception& failure);

/// The frame that ends a turn, or answers a frame, with `category`; `message_id` may be empty, and so may `words`,
/// which are the engine's own. `retry_after`: when it is worth while to ask again.
wire::ErrorFrame failure_frame(std::string_view category, std::string_view message_id, std::int64_t timestamp_ms,
                               std::string_view words = {}, std::optional<std::chrono::milliseconds> retry_after = {});

}  // namespace wsdeep::chat
