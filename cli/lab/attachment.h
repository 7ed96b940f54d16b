#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lab/input_order.h"
#include "lab/output_queue.h"
#include "lab/push_line.h"
#include "lab/screen.h"

namespace wsdeep::lab {

/// A client that has a session's terminal on its screen: output goes to it by pushes, and what it types comes by
/// numbered messages. A session has one at a time.
class Attachment {
 public:
  struct Ports {
    /// False when the terminal takes nothing more now.
    std::function<bool()> takes_more;
    std::function<void(std::string_view)> type;
    /// The client is not there any more: let go of this, but later and not in here.
    std::function<void(PushOutcome)> lost;
  };

  /// `input` as an earlier attachment of the same client left it, or a new one; output is numbered from `first_output`
  /// on, which is beyond what a frame of an earlier attachment may still bring. `screen` is what the terminal shows.
  Attachment(net::EventLoop& loop, PushClient& client, std::string session, std::string connection,
             const std::string& push_url, const Screen& screen, InputOrder input, std::uint64_t first_output,
             Ports ports);

  const std::string& connection() const { return connection_; }
  const InputOrder& input_order() const { return input_; }
  std::uint64_t next_output() const { return queue_.next_seq(); }
  /// The answer to `attach`: the screen, or as much of it as goes into a frame; the rest follows as output.
  std::string first_screen();
  void output(std::string_view text);
  /// Paint it anew: what the client has under an editor's screen is not what we have.
  void repaint();
  /// A last frame, behind all output.
  void end(std::string frame);
  /// Nothing but a last frame any more.
  void retire(std::string frame);
  /// The last frame and all before it have arrived, or will not.
  bool is_done() const;
  /// The answer to `input`: acknowledged is only what will be typed.
  std::string input(std::uint64_t number, std::string text);

 private:
  std::optional<std::string> next_frame();
  std::string screen_frame(const OutputQueue::Piece& piece) const;
  void watch_gap();

  net::EventLoop& loop_;
  const std::string session_;
  const std::string connection_;
  const Screen& screen_;
  Ports ports_;
  OutputQueue queue_;
  InputOrder input_;
  std::optional<std::string> last_frame_;
  bool told_gap_ = true;
  net::EventLoop::Subscription gap_;
  std::optional<PushLine> line_;
};

/// `{"type":"error","code":…,"error":…}`, as clients get it.
std::string error_frame(std::string_view code, std::string_view text);

}  // namespace wsdeep::lab
