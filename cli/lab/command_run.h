#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "lab/push_line.h"
#include "lab/reading.h"
#include "lab/text_stream.h"
#include "wire/json_writer.h"

namespace wsdeep::lab {

struct CommandTimes {
  std::chrono::milliseconds answer_within{
      8'000};                                ///< the service waits for 10 s, unless its `backend.timeout_ms` is other
  std::chrono::milliseconds limit{600'000};  ///< then it is killed
  std::chrono::milliseconds quiet{300};      ///< shorter ones push no output: the result has it all
  std::chrono::milliseconds last{10'000};    ///< after its end its output waits so long for a slow client
};

/// A `command` under way: its output is pushed while it runs, and it has to wait when that goes slower than it writes.
/// Its result comes behind all of that, as the answer of the message or, when that has to be answered before, as a
/// push.
class CommandRun {
 public:
  struct Ports {
    std::function<void(std::string)> answer;  ///< once
    std::function<void()> kill;
    std::function<void()> over;  ///< nothing more will come: let go of this, but later and not in here
  };

  static constexpr std::size_t kMostOutput = 64 * 1024;  ///< of the result: the last of it

  /// `output` is the end to read of the command's pipe. Without `push_url` nothing can be pushed.
  CommandRun(net::EventLoop& loop, PushClient& client, std::string session, std::string id, const std::string& push_url,
             OwnedDescriptor output, const CommandTimes& times, Ports ports);

  void ended(int exit_code);
  /// The session is over, and the command with it: what it wrote until then is told with the fault, or pushed.
  void abandon(std::string_view why);

 private:
  void read();
  void take(std::string_view text);
  void begin_pushes();
  void stop_pushes();
  void say_running();
  void take_rest();
  void finish();
  void add_output(wire::JsonObject& json) const;
  std::string result() const;
  std::optional<std::string> next_frame();

  net::EventLoop& loop_;
  const std::string session_;
  const std::string id_;
  Ports ports_;
  OwnedDescriptor output_;
  TextStream text_;
  std::string kept_;     ///< of the result
  std::string pending_;  ///< to be pushed
  std::uint64_t seq_ = 0;
  bool cut_ = false;
  bool pushes_ = false;
  bool finished_ = false;
  std::int64_t stragglers_left_;  ///< looks, from its end on
  bool told_ = false;             ///< the result
  std::optional<int> exit_code_;
  Reading reading_;
  net::EventLoop::Subscription running_, limit_, quiet_, straggler_;
  std::optional<PushLine> line_;
};

}  // namespace wsdeep::lab
