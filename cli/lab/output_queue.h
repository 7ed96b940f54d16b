#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wsdeep::lab {

/// What a terminal's client still has to be told, in order and in pieces; who is too far behind is shown the screen as
/// it is, instead of how it came to be.
class OutputQueue {
 public:
  static constexpr std::size_t kMostInFrame = 16 * 1024;
  static constexpr std::size_t kMostBehind = 128 * 1024;

  struct Piece {
    bool is_screen = false;  ///< `data` paints the screen anew
    std::string data;
    std::uint64_t seq = 0;  ///< this output's number; with `is_screen`: that of the next output
  };

  /// `repaint` paints the screen as it is when it is called; the first output has the number `first`.
  explicit OutputQueue(std::function<std::string()> repaint, std::uint64_t first = 0)
      : repaint_(std::move(repaint)), seq_(first) {}

  void add(std::string_view text);
  /// The client's screen is not what it should be, whatever it was sent.
  void start_over();
  /// The number of the output that comes next.
  std::uint64_t next_seq() const { return seq_; }
  bool has_more() const { return behind_ || !pending_.empty(); }
  /// The next piece. One at a time: the next but one is asked for when this one has arrived.
  std::optional<Piece> next();

 private:
  std::function<std::string()> repaint_;
  std::string pending_;           ///< well-formed
  std::size_t screen_bytes_ = 0;  ///< of the last screen, however large: that is no backlog
  bool behind_ = false;
  std::uint64_t seq_;
};

}  // namespace wsdeep::lab
