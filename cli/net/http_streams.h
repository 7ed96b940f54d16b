#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "net/http_call.h"

namespace wsdeep::net {

/// Many HTTP exchanges at a time, on one thread of its own (libcurl, epoll): an open stream costs memory and no thread.
/// Connections are kept alive and used again. Everything that HttpClient promises of a call holds here as well.
class HttpStreams {
 public:
  /// How an exchange ended: with `error` null when its response, whole, has been told by `on_head` and `on_data` (or is
  /// in `response`, without `on_data`).
  using Ended = std::function<void(HttpResponse response, const TransportError* error)>;

  /// An exchange under way. Letting go of it changes nothing; it may outlive the streams.
  class Stream {
   public:
    /// Stops reading, so that the peer has to wait when the windows between are full; and reads on. What was read
    /// before is still told. While held, an exchange is not silent for its `silence_limit`. Any thread; does not wait.
    void hold(bool held) const;

   private:
    friend class HttpStreams;
    struct Mail;
    std::shared_ptr<Mail> mail_;
    std::uint64_t id_ = 0;
  };

  HttpStreams();
  /// Cancels what runs: each exchange is told its end before this returns.
  ~HttpStreams();
  HttpStreams(const HttpStreams&) = delete;
  HttpStreams& operator=(const HttpStreams&) = delete;

  /// Any thread; does not wait. The call's callbacks and `ended` run in the streams' thread, one at a time, and must
  /// not block. `call.cancel` ends it from any thread, at once. What the callbacks throw, and what is wrong with a call
  /// that cannot be sent, is kOther. Nothing may be started once the streams are being destroyed.
  Stream start(HttpCall call, Ended ended);
  /// Runs `work` in the streams' thread.
  void post(std::function<void()> work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net
