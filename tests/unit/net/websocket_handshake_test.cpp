#include "net/websocket_handshake.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wsdeep::net {
namespace {

HttpRequest good_request() {
  HttpRequest request;
  request.method = "GET";
  request.target = "/prod";
  request.headers = {{"Host", "test"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Upgrade", "websocket"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Version", "13"}};
  return request;
}

/// The good request with another value, or none, of one field.
HttpRequest with(std::string_view name, const char* value) {
  HttpRequest request = good_request();
  auto& headers = request.headers;
  const auto field = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.first == name; });
  if (value == nullptr)
    headers.erase(field);
  else
    field->second = value;
  return request;
}

HttpRequest with_another(const char* name, const char* value) {
  HttpRequest request = good_request();
  request.headers.emplace_back(name, value);
  return request;
}

TEST(WebSocketHandshake, IsTakenInAllItsForms) {
  HttpRequest two_fields = with("Connection", "keep-alive");
  two_fields.headers.emplace_back("connection", "upgrade");
  for (const HttpRequest& request :
       {good_request(), with("Connection", "UPGRADE"), with("Upgrade", "h2c, WebSocket"), two_fields,
        with("Sec-WebSocket-Key", " dGhlIHNhbXBsZSBub25jZQ== "), with_another("Sec-WebSocket-Protocol", "chat"),
        with_another("Sec-WebSocket-Extensions", "permessage-deflate")})
    EXPECT_TRUE(is_websocket_handshake(request)) << handshake_refusal(request).body;
}

TEST(WebSocketHandshake, IsRefusedWithWhatIsWrong) {
  HttpRequest old = good_request();
  old.version = 10;
  HttpRequest post = good_request();
  post.method = "POST";
  const std::tuple<HttpRequest, int, const char*> refusals[] = {
      {with("Upgrade", nullptr), 426, "Upgrade Required"},
      {with("Upgrade", "h2c"), 426, "Upgrade Required"},
      {with("Connection", nullptr), 426, "Upgrade Required"},
      {with("Connection", "keep-alive"), 426, "Upgrade Required"},
      {old, 426, "Upgrade Required"},
      {post, 405, "a WebSocket is asked for by GET"},
      {with("Sec-WebSocket-Version", nullptr), 400, "Sec-WebSocket-Version is missing or there twice"},
      {with_another("Sec-WebSocket-Version", "13"), 400, "Sec-WebSocket-Version is missing or there twice"},
      {with("Sec-WebSocket-Version", "8"), 426, "Sec-WebSocket-Version must be 13"},
      {with("Sec-WebSocket-Version", "13, 8"), 426, "Sec-WebSocket-Version must be 13"},
      {with("Sec-WebSocket-Version", "130"), 426, "Sec-WebSocket-Version must be 13"},
      {with("Sec-WebSocket-Version", ""), 426, "Sec-WebSocket-Version must be 13"},
      {with("Sec-WebSocket-Key", nullptr), 400, "Sec-WebSocket-Key is missing"},
      {with_another("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), 400, "Sec-WebSocket-Key is there twice"},
      {with("Sec-WebSocket-Key", ""), 400, "Sec-WebSocket-Key must be 16 bytes in base64"},
      {with("Sec-WebSocket-Key", "c2hvcnQ="), 400, "Sec-WebSocket-Key must be 16 bytes in base64"},
      {with("Sec-WebSocket-Key", "not base64 at all!!!!!!!"), 400, "Sec-WebSocket-Key must be 16 bytes in base64"},
      {with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"), 400, "Sec-WebSocket-Key must be 16 bytes in base64"},
  };
  for (const auto& [request, status, message] : refusals) {
    const HttpResponse refusal = handshake_refusal(request);
    EXPECT_FALSE(is_websocket_handshake(request)) << message;
    EXPECT_EQ(refusal.status, status) << message;
    EXPECT_EQ(refusal.body, "{\"message\":\"" + std::string(message) + "\"}");
    EXPECT_EQ(header(refusal.headers, "Sec-WebSocket-Version"), "13");
    EXPECT_EQ(header(refusal.headers, "Upgrade").has_value(), status == 426);
    EXPECT_EQ(header(refusal.headers, "Allow").has_value(), status == 405);
  }
}

TEST(WebSocketHandshake, FailsWhenTheAnswerHasWhatWasNotOffered) {
  const Headers accepted{{"Sec-WebSocket-Accept", "x"}};
  const auto verdict = [&](const Headers& offered, Headers more) {
    more.insert(more.begin(), accepted.begin(), accepted.end());
    return unasked_in_answer(offered, more).value_or("fine");
  };
  const Headers chat{{"Sec-WebSocket-Protocol", "superchat, chat"}};
  EXPECT_EQ(verdict({}, {}), "fine");
  EXPECT_EQ(verdict(chat, {}), "fine");
  EXPECT_EQ(verdict(chat, {{"sec-websocket-protocol", "chat"}}), "fine");
  EXPECT_EQ(
      verdict({{"Sec-WebSocket-Protocol", "a"}, {"Sec-WebSocket-Protocol", "b"}}, {{"Sec-WebSocket-Protocol", "b"}}),
      "fine");
  EXPECT_EQ(verdict({}, {{"Sec-WebSocket-Extensions", ""}}), "fine");
  EXPECT_EQ(verdict({}, {{"Sec-WebSocket-Extensions", "permessage-deflate; x=1, y"}}),
            "it uses an extension that was not offered: 'permessage-deflate; x=1'");
  EXPECT_EQ(verdict({}, {{"Sec-WebSocket-Protocol", "chat"}}), "it speaks a subprotocol that was not offered: 'chat'");
  EXPECT_EQ(verdict(chat, {{"Sec-WebSocket-Protocol", "Chat"}}),
            "it speaks a subprotocol that was not offered: 'Chat'");
  EXPECT_EQ(verdict(chat, {{"Sec-WebSocket-Protocol", "chat, superchat"}}),
            "it speaks a subprotocol that was not offered: 'chat, superchat'");
  EXPECT_EQ(verdict(chat, {{"Sec-WebSocket-Protocol", "chat"}, {"Sec-WebSocket-Protocol", "chat"}}),
            "Sec-WebSocket-Protocol is there twice");
  EXPECT_EQ(verdict({}, {{"Sec-WebSocket-Protocol", ""}}), "it speaks a subprotocol that was not offered: ''");
  EXPECT_EQ(verdict({}, {{"Sec-WebSocket-Accept", "y"}}), "Sec-WebSocket-Accept is there twice");
}

}  // namespace
}  // namespace wsdeep::net
