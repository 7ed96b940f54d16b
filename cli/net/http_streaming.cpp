#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "net/http_response.h"
#include "net/http_session_impl.h"

// The parts of a connection that let bodies come and go piece by piece.

namespace wsdeep::net {

// ---- requests whose body comes after them
// ----------------------------------------------------------------------------

bool HttpSession::goes_by_head() const {
  return core_->options.at_head && core_->options.at_head(request_head());
}

/// `body_comes`: false for one that is too long by its own word, of which nothing is read.
void HttpSession::dispatch_head(bool body_comes) {
  const auto& message = parser_->get();
  if (message.version() > 10 && message.count(http::field::host) != 1) return refuse(400);
  keep_alive_ = message.keep_alive() && body_comes;
  head_only_ = false;
  chunked_ = message.version() > 10;
  phase_ = Phase::kHandling;
  deadline_ = SteadyClock::time_point::max();
  body_open_ = body_comes;
  if (body_comes) parser_->body_limit(boost::none);
  const auto handler = core_->handler;  // the handler may end the server
  call_handler(*handler, make_exchange(core_->loop, weak_from_this(), request_head()));
  if (body_open_) tell_body();
  if (phase_ != Phase::kOver && !is_body_full()) read();
}

void HttpSession::parse_body() {
  if (!parser_->is_done()) {
    error_code failed;
    buffer_.consume(parser_->put(buffer_.data(), failed));
    if ((failed && failed != http::error::need_more) ||
        buffer_.size() > core_->options.max_header_bytes + kMaxChunkLine) {
      leave();
      return tell_gone();
    }
  }
  tell_body();
  if (phase_ != Phase::kOver && !is_body_full()) read();
}

/// A listener that comes late is told what there is, and by then the peer may have been made to wait.
void HttpSession::on_body(HttpExchange::BodyListener listener) {
  if (!body_open_) return;
  on_body_ = std::move(listener);
  asio::post(core_->loop.context, [self = shared_from_this()] {
    if (!self->body_open_ || self->phase_ == Phase::kOver) return;
    self->tell_body();
    if (self->phase_ != Phase::kOver) self->read();
  });
}

/// As much of it has come as is kept while nobody listens.
bool HttpSession::is_body_full() const {
  return body_open_ && !on_body_ && parser_->get().body().size() >= kMaxReadAhead;
}

/// Bytes that nobody listens for yet stay in the parser.
void HttpSession::tell_body() {
  if (!on_body_) return;
  std::string piece = std::exchange(parser_->get().body(), {});
  if (!parser_->is_done()) {
    const auto listener = on_body_;  // which may end the connection
    if (!piece.empty()) listener(std::move(piece), nullptr);
    return;
  }
  body_open_ = false;
  const Headers all = request_head().headers;
  const auto listener = std::exchange(on_body_, nullptr);
  listener(std::move(piece), &all);
}

// ---- answers that are sent as they come
// ------------------------------------------------------------------------------

void HttpSession::begin_streaming(HttpResponse head) {
  if (phase_ != Phase::kHandling) return;
  phase_ = Phase::kStreaming;
  // Who answers before the body has come does not want the rest of it.
  if (std::exchange(body_open_, false)) keep_alive_ = false;
  if (has_no_body(head.status)) {
    head_only_ = true;
    keep_alive_ = keep_alive_ && !ended_;
    chunked_ = false;
  } else {
    keep_alive_ = keep_alive_ && chunked_ && !ended_;
  }
  all_said_ = false;
  waiting_ = streamed_head(head, keep_alive_, chunked_);
  write_waiting();
}

void HttpSession::add_piece(std::string_view piece) {
  if (phase_ != Phase::kStreaming || all_said_ || piece.empty() || head_only_) return;
  if (chunked_)
    waiting_.append(fmt::format("{:x}\r\n", piece.size())).append(piece).append("\r\n");
  else
    waiting_.append(piece);
  write_waiting();
}

void HttpSession::end_streaming() {
  if (phase_ != Phase::kStreaming || all_said_) return;
  all_said_ = true;
  const auto released = std::exchange(gone_, nullptr);
  if (chunked_ && !head_only_) waiting_ += "0\r\n\r\n";
  write_waiting();
  if (!writing_) on_piece_written({});
}

void HttpSession::write_waiting() {
  if (writing_ || waiting_.empty()) return;
  writing_ = true;
  body_ = std::exchange(waiting_, {});
  allow(core_->options.request_timeout);
  stream_->write({asio::buffer(body_), {}},
                 [self = shared_from_this()](error_code failed, std::size_t) { self->on_piece_written(failed); });
}

void HttpSession::on_piece_written(error_code failed) {
  writing_ = false;
  if (phase_ == Phase::kOver) return;
  if (failed) {
    leave();
    return tell_gone();
  }
  body_ = {};
  if (!waiting_.empty()) return write_waiting();
  deadline_ = SteadyClock::time_point::max();
  if (all_said_) keep_alive_ ? serve() : leave_gently();
}

}  // namespace wsdeep::net
