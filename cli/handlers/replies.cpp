#include "handlers/replies.h"

#include "base/error.h"
#include "handlers/throttling.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

chat::Posted posted_of(const std::vector<aws::PostResult>& results, const std::vector<std::string>& connection_ids) {
  chat::Posted posted;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const aws::PostResult& result = results[i];
    if (result.outcome == aws::PostOutcome::kGone)
      posted.gone.push_back(connection_ids[i]);
    else if (result.failure.empty())
      ++posted.sent;
    else if (!posted.failure)
      posted.failure = result.throttled ? std::make_exception_ptr(chat::Throttled(result.failure))
                                        : std::make_exception_ptr(Error(ErrorKind::kFailure, result.failure));
  }
  return posted;
}

}  // namespace

chat::Delivery ApiReplies::post(std::string_view connection_id, std::string_view frame, chat::Repeat repeat) {
  const bool retry_safe = repeat == chat::Repeat::kHarmless;
  switch (guarded([&] { return api_.post(callback_url_, connection_id, frame, retry_safe, context_); })) {
    case aws::PostOutcome::kSent:
      return chat::Delivery::kSent;
    case aws::PostOutcome::kGone:
      return chat::Delivery::kGone;
    case aws::PostOutcome::kTooLarge:
      break;
  }
  throw Error(ErrorKind::kFailure, "a frame is larger than API Gateway delivers");
}

chat::Posted ApiReplies::post_all(const std::vector<std::string>& connection_ids, std::string_view frame) {
  return posted_of(api_.post_all(callback_url_, connection_ids, frame, context_), connection_ids);
}

chat::Posted ApiReplies::post_each(const std::vector<chat::Letter>& letters) {
  std::vector<std::string> connection_ids;
  std::vector<std::string_view> frames;
  for (const chat::Letter& letter : letters) {
    connection_ids.push_back(letter.connection_id);
    frames.push_back(letter.frame);
  }
  return posted_of(api_.post_each(callback_url_, connection_ids, frames, context_), connection_ids);
}

void LambdaGenerations::start(const chat::TurnKey& turn, std::string_view connection_id, std::string_view user_id,
                              const chat::Generating& how) {
  wire::GenerateEvent event;
  event.connection_id = connection_id;
  event.callback_url = callback_url_;
  event.user_id = user_id;
  event.chat_id = turn.chat_id;
  event.message_id = turn.message_id;
  event.accepted_at_ms = turn.accepted_at_ms;
  event.parameters = how.parameters;
  event.separate_reasoning = how.separate_reasoning;
  event.timings = how.timings;
  guarded([&] { lambda_.invoke_async(function_, wire::encode(event), context_); });
}

}  // namespace wsdeep::handlers
