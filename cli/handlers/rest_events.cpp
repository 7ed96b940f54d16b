#include "handlers/rest_events.h"

#include "handlers/rest_bodies.h"
#include "wire/json_writer.h"

namespace wsdeep::handlers {

bool RestEvents::begun(const chat::RestChat& chat) {
  return send(sse_event("chat", rest_chat_json(chat, false)));
}

bool RestEvents::text(std::string_view piece, bool reasoning) {
  if (streamed_) return send(text_event(piece, reasoning));
  if (reasoning != pending_reasoning_) gather_text();
  pending_reasoning_ = reasoning;
  pending_ += piece;
  return true;
}

bool RestEvents::was_reasoning() {
  return send(sse_event("message", R"({"wasReasoning":true})"));
}

bool RestEvents::begun_anew() {
  return send(sse_event("message", R"({"restarted":true})"));
}

/// Which keeps a line open, where there is one.
bool RestEvents::alive() {
  return !streamed_ || send(": the model is at it\n\n");
}

bool RestEvents::send(const std::string& event) {
  if (!streamed_) {
    gather_text();
    gathered_ += event;
    return true;
  }
  if (sink_ == nullptr) {
    sink_ = &call_.stream(wire::kStreamedAnswerType);
    sink_->write(wire::write_http_prelude(head()));
  }
  return sink_->write(event);
}

wire::HttpAnswer RestEvents::gathered() {
  gather_text();
  wire::HttpAnswer answer = head();
  answer.body = gathered_;
  return answer;
}

void RestEvents::gather_text() {
  if (!pending_.empty()) gathered_ += text_event(pending_, pending_reasoning_);
  pending_.clear();
}

std::string RestEvents::text_event(std::string_view text, bool reasoning) {
  return sse_event("message", wire::JsonObject().add(reasoning ? "reasoning" : "text", text).text());
}

wire::HttpAnswer RestEvents::head() {
  return {200, {{"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-cache"}}, {}, ""};
}

}  // namespace wsdeep::handlers
