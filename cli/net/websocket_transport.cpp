#include "net/websocket_transport.h"

#include <boost/asio/error.hpp>
#include <chrono>
#include <cstring>
#include <string_view>

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxRecord = 128 * 1024;
constexpr std::string_view kSwitching = "HTTP/1.1 101";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

}  // namespace

void WebSocketTransport::limit_frames(std::size_t max_frame_bytes, std::function<void()> oversized) {
  guard_.emplace(max_frame_bytes);
  oversized_ = std::move(oversized);
}

void WebSocketTransport::read(asio::mutable_buffer into, Completion done) {
  char* const data = static_cast<char*>(into.data());
  if (recording_ && record_.size() >= kMaxRecord)
    return asio::post(get_executor(), [done = std::move(done)]() mutable { done(asio::error::eof); });
  if (held_.empty())
    return stream_->read_some(into, [this, data, done = std::move(done)](error_code failed, std::size_t size) mutable {
      read_at_ = std::chrono::steady_clock::now();
      done(failed, failed ? size : inspect(data, size));
    });
  std::size_t size = std::min(held_.size(), into.size());
  std::memcpy(data, held_.data(), size);
  held_.erase(0, size);
  size = inspect(data, size);
  asio::post(get_executor(), [size, done = std::move(done)]() mutable { done({}, size); });
}

/// How many of the bytes the reader may have now; holds the others back.
std::size_t WebSocketTransport::inspect(char* data, std::size_t size) {
  std::size_t admitted = size;
  if (recording_) {
    admitted = keep_response(data, size);
  } else if (guard_) {
    const FrameGuard::Verdict verdict = guard_->admit({data, size});
    admitted = verdict.admitted;
    if (verdict.oversized) {
      guard_.reset();
      oversized_();
    }
  }
  held_.insert(0, data + admitted, size - admitted);
  return admitted;
}

std::size_t WebSocketTransport::keep_response(const char* data, std::size_t size) {
  record_.append(data, size);
  if (!record_.starts_with(kSwitching)) return size;
  const std::size_t end = record_.find(kHeaderEnd);
  if (end == std::string::npos) return size;
  const std::size_t beyond = record_.size() - (end + kHeaderEnd.size());
  record_.resize(record_.size() - beyond);
  recording_ = false;
  return size - beyond;
}

}  // namespace wsdeep::net
