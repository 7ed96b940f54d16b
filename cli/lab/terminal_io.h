#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "lab/reading.h"
#include "net/event_loop.h"

namespace wsdeep::lab {

/// Both ways of a pseudo-terminal's master on a loop. A program that writes without end is read at kMostPerSecond and
/// has to wait, and one whose output takes long to understand gets a twentieth of the loop: one session does not take
/// the server from the others.
class TerminalIo {
 public:
  static constexpr std::size_t kMostPerSecond = 4 << 20;
  static constexpr std::size_t kMostTyped = 64 * 1024;

  /// `output` gets what programs write; `ended` is told once, when no program has the terminal any more.
  TerminalIo(net::EventLoop& loop, OwnedDescriptor master, std::function<void(std::string_view)> output,
             std::function<void()> ended);

  /// False when too much that was typed has not been read yet: nothing more should be promised to arrive.
  bool takes_more() const { return typed_.size() < kMostTyped; }
  void type(std::string_view text);
  void resize(int cols, int rows);
  /// Reads what is left, when no program is. False when that takes this thread longer than 50 ms: the rest is lost.
  bool drain();

 private:
  /// False when there is nothing to read.
  bool read();
  void rest(std::size_t size, std::chrono::nanoseconds taken);
  void write();

  net::EventLoop& loop_;
  OwnedDescriptor master_;
  std::function<void(std::string_view)> output_;
  std::function<void()> ended_;
  std::string typed_;
  std::size_t at_a_time_;  ///< bytes
  Reading reading_;
  net::EventLoop::Subscription retry_;
};

}  // namespace wsdeep::lab
