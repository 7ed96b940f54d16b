#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "llm/engine/engine.h"
#include "llm/engine/engine_answer.h"
#include "net/http_streams.h"

/// A generation of an engine behind HTTP. Private to cli/llm.
namespace wsdeep::llm {

/// How many run. Shared by the engine and its generations, so that one may be destroyed after its engine.
using ActiveCount = std::shared_ptr<std::atomic<int>>;

/// What the exchange and the Generation share. It is active from its making to its end or its cancellation.
///
/// The answer is read in the streams' thread, where `on_chunk` and `on_end` are called too, without the lock. It is
/// active no more as soon as somebody cancels; the end follows from the streams' thread.
class HttpGeneration : public std::enable_shared_from_this<HttpGeneration> {
 public:
  /// `about_key`: what to say of the key when the engine does not take it.
  HttpGeneration(ActiveCount active, EngineEvents events, std::string request_id, std::string about_key);

  /// `call`: what to ask, without its callbacks.
  net::HttpStreams::Stream start(net::HttpStreams& streams, net::HttpCall call);
  /// Nobody is asked.
  void refuse(net::HttpStreams& streams, LlmOutcome outcome);
  void cancel();
  /// Cancels; no callback comes after it has returned, but for one that it is called in.
  void abandon();

 private:
  void begin(const net::HttpResponse& head);
  bool read(std::string_view bytes);
  void finish(const net::TransportError* error);
  void tell();
  void end(LlmOutcome outcome);
  void call(std::unique_lock<std::mutex>& lock, const std::function<void()>& callback);
  void leave();
  void stop(bool abandon);

  const ActiveCount active_;
  const std::string request_id_;

  // The streams' thread alone.
  EngineAnswer answer_;
  net::Headers head_;
  bool began_ = false;  ///< with a status of success
  SteadyTime first_{}, last_{};

  std::mutex mutex_;
  std::condition_variable called_;  ///< a callback has returned
  EngineEvents events_;
  SteadyTime arrived_, asked_{};
  std::stop_source stop_;
  std::thread::id thread_;  ///< in which the callback runs that is under way
  bool is_active_ = true;
  bool cancelled_ = false;
  bool calling_ = false;    ///< a callback is under way
  bool abandoned_ = false;  ///< its Generation is gone: nobody to call
  bool over_ = false;       ///< the end is known: what is left of the exchange is nobody's business
};

/// The Generation of one that was started.
std::unique_ptr<Generation> own(std::shared_ptr<HttpGeneration> generation, net::HttpStreams::Stream stream);

}  // namespace wsdeep::llm
