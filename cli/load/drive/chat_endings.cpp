#include "load/drive/chat_endings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "load/drive/stage_connection.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kMaxDetail = 200;
constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

/// The categories of error frames (contract §1), and whether they say that there is no room.
struct CategoryRow {
  std::string_view name;
  bool no_room;
};
constexpr std::array<CategoryRow, 10> kCategories{{{"busy", true},
                                                   {"rate_limited", true},
                                                   {"llm_overloaded", true},
                                                   {"llm_unavailable", false},
                                                   {"llm_timeout", false},
                                                   {"invalid_message", false},
                                                   {"invalid_input", false},
                                                   {"chat_expired", false},
                                                   {"cancelled", false},
                                                   {"internal", false}}};

/// What API Gateway says in a notice.
struct NoticeRow {
  std::string_view message;
  std::string_view reason;
  bool no_room;
};
constexpr std::array<NoticeRow, 5> kNotices{{{"Too Many Requests", "gateway throttled", true},
                                             {"Limit Exceeded", "gateway throttled", true},
                                             {"Forbidden", "gateway forbidden", false},
                                             {"Endpoint request timed out", "gateway timeout", false},
                                             {"Internal server error", "gateway error", false}}};

/// Text that came makes a loss of what was begun; without one it says whether there was room.
TurnEnd end_by(bool no_room, TurnProgress progress) {
  if (progress.text_came) return TurnEnd::kTruncated;
  return no_room ? TurnEnd::kRefused : TurnEnd::kFailed;
}

std::string cut_detail(std::string text) {
  if (text.size() <= kMaxDetail) return text;
  return std::string(utf8_cut(text, kMaxDetail)) + "…";
}

std::string detail_of(const wire::ErrorFrame& frame) {
  std::string detail = cut_detail(frame.title.empty() ? frame.text : frame.title + ": " + frame.text);
  if (frame.retry_after_ms) detail += fmt::format("; retry after {} ms", *frame.retry_after_ms);
  return detail;
}

}  // namespace

ChatEnding ending_of(const wire::ErrorFrame& frame, TurnProgress progress) {
  if (frame.category == "cancelled" && progress.cancelled) return {TurnEnd::kCancelled, "cancelled"};
  const auto* const row = std::find_if(kCategories.begin(), kCategories.end(),
                                       [&](const CategoryRow& one) { return one.name == frame.category; });
  if (row == kCategories.end())
    return {end_by(false, progress), "other error", cut_detail(frame.category) + ": " + detail_of(frame)};
  return {end_by(row->no_room, progress), std::string(row->name), detail_of(frame)};
}

ChatEnding ending_of(const wire::GatewayNotice& frame, TurnProgress progress) {
  const std::string detail = cut_detail(fmt::format("{} (request {})", frame.message, frame.request_id));
  const auto* const row = std::find_if(kNotices.begin(), kNotices.end(),
                                       [&](const NoticeRow& one) { return iequals(one.message, frame.message); });
  if (row == kNotices.end()) return {end_by(false, progress), "gateway error", detail};
  return {end_by(row->no_room, progress), std::string(row->reason), detail};
}

ChatEnding ending_of(const wire::UnknownAction& frame, TurnProgress progress) {
  return {end_by(false, progress), "unknown action", cut_detail(frame.received_action + ": " + frame.cause)};
}

ChatEnding ending_of(const ConnectionRecord& connection, const session::Loss& loss, TurnProgress progress) {
  const bool no_room = connection.status == kTooManyRequests || connection.status == kServiceUnavailable;
  const bool told = connection.status != 0 || connection.close_code != 0 || connection.reason == kNoToken;
  return {end_by(no_room, progress), told ? connection.reason : "not connected", cut_detail(loss.cause)};
}

ChatEnding ending_of_garbage(const std::string& fault, TurnProgress progress) {
  return {end_by(false, progress), "bad frame", cut_detail(fault)};
}

ChatEnding ending_of_silence(std::chrono::milliseconds silence, TurnProgress progress) {
  return {end_by(false, progress), "no answer", fmt::format("nothing came for {} s", silence.count() / 1000)};
}

}  // namespace wsdeep::load
