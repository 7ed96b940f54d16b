#pragma once

#include <string_view>

/// A private header: the words by which the writer and the reader of server frames know them (contract §1).
namespace wsdeep::wire {

inline constexpr std::string_view kAcceptedAction = "message_received";
inline constexpr std::string_view kChunkAction = "llm_response_chunk";
inline constexpr std::string_view kHistoryAction = "history";
inline constexpr std::string_view kRoomAction = "message";
inline constexpr std::string_view kPresenceAction = "presence";
/// By Presence::Event.
inline constexpr std::string_view kPresenceEvents[] = {"join", "leave", "list"};
inline constexpr std::string_view kCompletionTitle = "LLM response complete";
inline constexpr std::string_view kUnknownActionTitle = "Unknown action type. Please send a valid action.";

}  // namespace wsdeep::wire
