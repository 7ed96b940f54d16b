#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http_exchange.h"
#include "support/server_fixture.h"
#include "wire/chat_frames.h"

namespace wsdeep::test {

/// A stage whose other side a test plays: it takes every session that `admit` admits, tells what they ask, and says
/// what the test has it say. Everything runs on the server's loop.
class ChatStage {
 public:
  /// One session, as the server sees it.
  struct Peer {
    std::shared_ptr<net::WebSocket> socket;
    std::size_t number = 0;  ///< of the sessions that were admitted, from 0
  };
  using OnFrame = std::function<void(const Peer&, const wire::ClientFrame&)>;
  /// The status that refuses the handshake; 0 admits it.
  using Admit = std::function<int(const net::HttpRequest&)>;

  explicit ChatStage(
      OnFrame on_frame, Admit admit = [](const net::HttpRequest&) { return 0; }, net::ServerOptions options = {})
      : on_frame_(std::move(on_frame)),
        admit_(std::move(admit)),
        server_([this](const std::shared_ptr<net::HttpExchange>& exchange) { take(exchange); }, options) {}

  std::string url() const { return fmt::format("ws://127.0.0.1:{}/prod", server_.port()); }
  std::uint16_t port() const { return server_.port(); }
  std::size_t admitted() {
    return server_.thread().on_loop([this] { return admitted_; });
  }
  net::EventLoop& loop() { return server_.loop(); }

  /// The frames of a whole answer: a receipt, one piece for each of `pieces`, the end.
  static void answer(const Peer& peer, const std::string& id, const std::vector<std::string>& pieces) {
    peer.socket->send_text(wire::encode(receipt(id)));
    std::string text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      wire::Chunk chunk;
      chunk.text = pieces[i];
      chunk.message_id = id;
      chunk.seq = static_cast<std::int64_t>(i);
      chunk.is_complete = i + 1 == pieces.size();
      chunk.reasoning = "";
      chunk.tokens = 1;
      peer.socket->send_text(wire::encode(chunk));
      text += pieces[i];
    }
    peer.socket->send_text(wire::encode(completion(id, text, static_cast<std::int64_t>(pieces.size()))));
  }
  static wire::Accepted receipt(const std::string& id) { return {id, "chat", 0, {}}; }
  static wire::Completion completion(const std::string& id, const std::string& text, std::int64_t tokens) {
    wire::Completion completion;
    completion.text = text;
    completion.message_id = id;
    completion.finish_reason = "stop";
    completion.usage = Usage{10, tokens};
    return completion;
  }
  static void renew(const Peer& peer) {
    peer.socket->send_text(wire::encode(wire::Notice{"New conversation started", "", "chat"}));
  }
  /// Answers every question with these pieces, and begins new conversations.
  static OnFrame answering(std::vector<std::string> pieces) {
    return [pieces = std::move(pieces)](const Peer& peer, const wire::ClientFrame& frame) {
      if (const auto* const message = std::get_if<wire::MessageFrame>(&frame))
        answer(peer, message->message_id.value_or(""), pieces);
      if (std::holds_alternative<wire::NewConversationFrame>(frame)) renew(peer);
    };
  }

 private:
  void take(const std::shared_ptr<net::HttpExchange>& exchange) {
    if (const int status = admit_(exchange->request()); status != 0) return exchange->respond({status, {}, "no"});
    exchange->accept({}, {}, [this](const std::shared_ptr<net::WebSocket>& socket) {
      const Peer peer{socket, admitted_++};
      net::WebSocketEvents events;
      events.on_message = [this, peer](const std::string& message, bool) {
        on_frame_(peer, wire::parse_client_frame(message));
      };
      return events;
    });
  }

  OnFrame on_frame_;
  Admit admit_;
  std::size_t admitted_ = 0;
  TestServer server_;
};

}  // namespace wsdeep::test
