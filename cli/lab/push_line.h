#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lab/push_client.h"
#include "net/event_loop.h"

namespace wsdeep::lab {

/// Frames to one client that have to arrive in order: the next one is made when the one before has arrived, and at most
/// one in 15 ms, so that what a program writes in small pieces goes together. What took long to make is paid for with a
/// pause of 20 times that.
class PushLine {
 public:
  /// The next frame; nothing: there is none now.
  using Source = std::function<std::optional<std::string>()>;

  /// `lost` is told once, when a frame did not arrive; nothing more is sent then.
  PushLine(net::EventLoop& loop, PushClient& client, std::string url, Source source,
           std::function<void(PushOutcome)> lost);
  ~PushLine();
  PushLine(const PushLine&) = delete;
  PushLine& operator=(const PushLine&) = delete;

  /// There may be a frame now.
  void poke();
  /// A frame is under way.
  bool is_busy() const;
  /// A frame did not arrive.
  bool has_ended() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wsdeep::lab
