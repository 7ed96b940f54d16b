#include <boost/asio/post.hpp>
#include <stdexcept>

#include "net/http_exchange.h"
#include "net/http_response.h"
#include "net/http_session_impl.h"

namespace wsdeep::net {
namespace {

class StreamedBody final : public HttpBody {
 public:
  explicit StreamedBody(std::weak_ptr<HttpSession> session) : session_(std::move(session)) {}
  ~StreamedBody() override {
    if (const auto session = ended_ ? nullptr : session_.lock()) session->drop();
  }
  StreamedBody(const StreamedBody&) = delete;
  StreamedBody& operator=(const StreamedBody&) = delete;

  void write(std::string_view piece) override {
    if (const auto session = ended_ ? nullptr : session_.lock()) session->add_piece(piece);
  }
  void end() override {
    if (std::exchange(ended_, true)) return;
    if (const auto session = session_.lock()) session->end_streaming();
  }
  std::size_t waiting() const override {
    const auto session = session_.lock();
    return session ? session->waiting_bytes() : 0;
  }

 private:
  std::weak_ptr<HttpSession> session_;
  bool ended_ = false;
};

class Exchange final : public HttpExchange {
 public:
  Exchange(EventLoop::Impl& loop, std::weak_ptr<HttpSession> session, HttpRequest request)
      : loop_(loop), session_(std::move(session)), request_(std::move(request)) {}
  ~Exchange() override {
    if (!answered_) Exchange::respond(plain_error(500));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const HttpRequest& request() const override { return request_; }

  void respond(HttpResponse response) override {
    if (std::exchange(answered_, true)) return;
    if (const auto session = session_.lock()) session->respond(std::move(response));
  }

  std::shared_ptr<HttpBody> respond_streaming(HttpResponse head) override {
    const auto session = answered_ ? nullptr : session_.lock();
    answered_ = true;
    if (session) session->begin_streaming(std::move(head));
    return std::make_shared<StreamedBody>(session);  // of nobody when there has been an answer: the next one is not its
  }

  void on_body(BodyListener listener) override {
    if (const auto session = session_.lock()) session->on_body(std::move(listener));
  }

  void accept(Headers headers, WebSocketLimits limits,
              std::function<WebSocketEvents(std::shared_ptr<WebSocket>)> opened) override {
    if (!request_.wants_websocket) throw std::logic_error("accept() of a request that wants no WebSocket");
    if (std::exchange(answered_, true)) return;
    if (const auto session = session_.lock())
      return session->upgrade(request_, {nullptr, {}, std::move(headers), limits, std::move(opened)});
    asio::post(loop_.context, [opened = std::move(opened)] { opened(nullptr); });
  }

  void on_gone(std::function<void()> gone) override {
    if (answered_) return;
    if (const auto session = session_.lock()) return session->on_gone(std::move(gone));
    asio::post(loop_.context, std::move(gone));
  }

 private:
  EventLoop::Impl& loop_;  // only for calls that are made on it
  std::weak_ptr<HttpSession> session_;
  HttpRequest request_;
  bool answered_ = false;
};

}  // namespace

std::shared_ptr<HttpExchange> make_exchange(EventLoop::Impl& loop, std::weak_ptr<HttpSession> session,
                                            HttpRequest request) {
  return std::make_shared<Exchange>(loop, std::move(session), std::move(request));
}

}  // namespace wsdeep::net
