#pragma once

#include <string>
#include <string_view>

#include "chat/rest_ports.h"
#include "handlers/runtime.h"
#include "wire/http_event.h"

namespace wsdeep::handlers {

/// An answer as server-sent events, for who asked for them. They are streamed as they come; those of a request that
/// came by an API, which does not stream, are gathered, and what follows each other of one kind is one event there: a
/// model says a word at a time, and a function's whole answer has 6 MB.
class RestEvents final : public chat::RestListener {
 public:
  RestEvents(const Call& call, bool streamed) : call_(call), streamed_(streamed) {}

  bool begun(const chat::RestChat& chat) override;
  bool text(std::string_view piece, bool reasoning) override;
  bool was_reasoning() override;
  bool begun_anew() override;
  bool alive() override;
  bool listens() override { return sink_ == nullptr || sink_->write(""); }

  /// An event as sse_event writes it. False when nobody listens any more.
  bool send(const std::string& event);
  bool has_begun() const { return sink_ != nullptr || !gathered_.empty() || !pending_.empty(); }
  /// All of them, of an answer that is not streamed.
  wire::HttpAnswer gathered();

 private:
  static wire::HttpAnswer head();
  static std::string text_event(std::string_view text, bool reasoning);
  void gather_text();

  const Call& call_;
  const bool streamed_;
  AnswerSink* sink_ = nullptr;
  std::string gathered_;
  std::string pending_;  ///< text that is not in `gathered_` yet
  bool pending_reasoning_ = false;
};

}  // namespace wsdeep::handlers
