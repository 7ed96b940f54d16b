#include "chat/rest_chat.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "base/utf8.h"
#include "chat/checked_input.h"
#include "chat/failures.h"
#include "chat/parameters.h"
#include "chat/prompt.h"
#include "chat/rest_answer.h"
#include "chat/title.h"

namespace wsdeep::chat {
namespace {

/// A chat that changes while it is looked at has come to rest by then.
constexpr int kMaxRestLooks = 4;
/// What DynamoDB counts for a message beside its text: names, types and the list's own bytes.
constexpr std::size_t kMessageOverhead = 64;

std::size_t bytes_of(const RestChat& chat) {
  std::size_t bytes = chat.title.size();
  for (const RestMessage& message : chat.messages) bytes += message.content.size() + kMessageOverhead;
  return bytes;
}

std::string checked_prompt(const std::string& raw, const Limits& limits) {
  try {
    return checked_text(raw, limits.max_text_characters);
  } catch (const Refusal& refusal) {
    if (trim(raw).empty()) throw rest_invalid("Field 'prompt' is required");
    throw rest_invalid("Field 'prompt' is not valid: " + refusal.text);
  }
}

/// One turn.
class RestTurn {
 public:
  RestTurn(const RestQuestion& question, RestPorts ports, const Limits& limits, SteadyTime deadline,
           RestListener& listener)
      : question_(question), ports_(ports), limits_(limits), deadline_(deadline), listener_(listener) {}

  RestAnswer run() {
    prompt_ = checked_prompt(question_.prompt, limits_);
    question_.chat_id ? go_on(*question_.chat_id) : begin();
    return answer();
  }

 private:
  std::string now() const { return iso8601(ports_.clock.now()); }
  void hold(RestChat& chat) const;
  void begin();
  void go_on(const std::string& id);
  RestAnswer answer();
  LlmRequest request() const;
  void keep(const RestStreamEnd& end, RestAnswer& answer);
  [[noreturn]] void refuse(const RestStreamEnd& end) const;

  RestQuestion question_;
  RestPorts ports_;
  const Limits& limits_;
  SteadyTime deadline_;
  RestListener& listener_;
  std::string prompt_;
  RestChat chat_;
};

void RestTurn::hold(RestChat& chat) const {
  chat.messages.push_back({"user", prompt_});
  chat.updated_at = now();
  chat.turn_id = random_uuid();
  chat.turn_until_ms = epoch_ms(ports_.clock.now()) + kRestLease.count();
  ++chat.version;
  if (bytes_of(chat) > kMaxRestBytesBeforeAnswer)
    throw rest_invalid(chat.messages.size() == 1 ? "Field 'prompt' is too large"
                                                 : "This chat is full: start a new one, without 'chat_id'");
}

void RestTurn::begin() {
  chat_.id = random_uuid();
  chat_.user_id = question_.user_id;
  chat_.title = title_of(prompt_);
  chat_.created_at = now();
  hold(chat_);
  if (!ports_.chats.create(chat_)) throw Error(ErrorKind::kFailure, "a new chat's id was taken");
}

void RestTurn::go_on(const std::string& id) {
  for (int looks = 0; looks < kMaxRestLooks; ++looks) {
    const auto seen = ports_.chats.find(id, question_.user_id);
    if (!seen) throw rest_no_chat();
    chat_ = *seen;
    hold(chat_);
    switch (ports_.chats.take(*seen, chat_)) {
      case RestChats::Taken::kTaken:
        return;
      case RestChats::Taken::kNoChat:
        throw rest_no_chat();
      case RestChats::Taken::kBusy:
        looks = kMaxRestLooks;
        break;
      case RestChats::Taken::kChanged:
        break;
    }
  }
  throw RestRefusal{409, "Chat is busy", std::string(refusal_of("busy").text), id, std::chrono::seconds(1)};
}

LlmRequest RestTurn::request() const {
  LlmRequest request;
  request.messages = rest_conversation(chat_, limits_);
  request.prompt = flatten(request.messages);
  request.parameters = question_.parameters;
  clamp_parameters(request.parameters);
  request.session_id = chat_.id;
  request.session_owner = "rest\n" + chat_.user_id;
  request.request_id = chat_.turn_id;
  request.sticky_cookie = chat_.sticky_cookie;
  return request;
}

RestAnswer RestTurn::answer() {
  const SteadyTime started_at = ports_.clock.steady_now();
  RestAnswerStream stream(chat_, ports_, limits_, deadline_ - kDeadlineMargin, listener_);
  RestStreamEnd end;
  try {
    end = listener_.begun(chat_) ? stream.run(request()) : RestStreamEnd{"gone", "", {}, {}, {}};
  } catch (const std::exception& failure) {
    end = {category_of(failure), failure.what(), {}, {}, {}};
  }
  stream.stop();
  RestAnswer answer;
  answer.response = std::string(trim(stream.text()));
  keep(end, answer);
  if (!end.outcome.empty()) refuse(end);
  answer.chat = chat_;
  answer.finish_reason = end.result.finish_reason;
  answer.usage = end.result.usage;
  answer.node_id = end.result.node_id;
  if (stream.first_text_at())
    answer.ttft_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(*stream.first_text_at() - started_at).count();
  return answer;
}

/// The answer in the chat; an answer that cannot be kept is told all the same.
void RestTurn::keep(const RestStreamEnd& end, RestAnswer& answer) {
  const std::string& text = answer.response;
  const std::size_t used = bytes_of(chat_) + kMessageOverhead;
  RestMessage message{"assistant", std::string(utf8_cut(text, kMaxRestChatBytes - std::min(used, kMaxRestChatBytes)))};
  message.partial = !end.outcome.empty() || message.content.size() < text.size();
  RestEnd ending;
  ending.updated_at = now();
  ending.sticky_cookie = end.result.sticky_cookie;
  // An answer without a word is none, unless it is whole.
  if (!text.empty() || end.outcome.empty()) ending.answer = message;
  chat_.updated_at = ending.updated_at;
  if (ending.answer) chat_.messages.push_back(message);
  try {
    answer.stored = ports_.chats.finish(chat_, ending);
    if (!answer.stored) answer.cause = "cannot store the answer: another turn has the chat, or it was deleted";
  } catch (const std::exception& failure) {
    answer.stored = false;
    answer.cause = fmt::format("cannot store the answer: {}", failure.what());
    if (end.outcome.empty()) return;
    throw RestRefusal{500,
                      "Internal server error",
                      std::string(refusal_of("internal").text),
                      chat_.id,
                      std::nullopt,
                      fmt::format("{}; cannot end the turn: {}", end.cause, failure.what())};
  }
}

void RestTurn::refuse(const RestStreamEnd& end) const {
  const wire::ErrorFrame frame = failure_frame(end.outcome, "", 0, end.words, end.retry_after);
  RestRefusal refusal{
      500, "Internal server error", frame.text, chat_.id, std::nullopt, fmt::format("{}: {}", end.outcome, end.cause)};
  if (end.outcome == "invalid_input") refusal.status = 400, refusal.error = "Bad request";
  if (end.retry_after) refusal.retry_after = std::chrono::ceil<std::chrono::seconds>(*end.retry_after);
  throw RestRefusal(std::move(refusal));
}

}  // namespace

RestRefusal rest_invalid(std::string error) {
  return {400, std::move(error), "", ""};
}

RestRefusal rest_no_chat() {
  return {404, "Chat not found", "", ""};
}

RestAnswer rest_ask(const RestQuestion& question, RestPorts ports, const Limits& limits, SteadyTime deadline,
                    RestListener& listener) {
  return RestTurn(question, ports, limits, deadline, listener).run();
}

std::vector<ChatMessage> rest_conversation(const RestChat& chat, const Limits& limits) {
  std::vector<ChatMessage> newest_first{{"user", chat.messages.back().content}};
  const std::size_t taken = utf8_length(chat.messages.back().content);
  std::size_t budget = limits.max_history_characters - std::min(taken, limits.max_history_characters);
  // A question that was never answered is left out, and so is what has none before it.
  for (std::size_t i = chat.messages.size() - 1; i >= 2; --i) {
    const RestMessage &question = chat.messages[i - 2], &answer = chat.messages[i - 1];
    if (question.role != "user" || answer.role != "assistant" || answer.content.empty()) continue;
    const std::size_t size = utf8_length(question.content) + utf8_length(answer.content);
    if (size > budget) break;
    budget -= size;
    newest_first.push_back({answer.role, answer.content});
    newest_first.push_back({question.role, question.content});
  }
  if (!limits.system_prompt.empty()) newest_first.push_back({"system", limits.system_prompt});
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

}  // namespace wsdeep::chat
