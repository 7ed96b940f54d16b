#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "session/reasoning.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {

/// One answer in the making. Its pieces may come twice, after a reconnect some never come, and the completion carries
/// the whole text: what is missing is taken from there. No piece is kept: of the text that was given out, its length
/// and a checksum tell whether the whole text goes on from it.
class Answer {
 public:
  Answer();

  /// The passages to show; none for a piece that came before, or that comes after a missing one.
  std::vector<Passage> take(const wire::Chunk& chunk);

  struct Ending {
    std::vector<Passage> rest{};  ///< what had not been shown
    bool anew = false;            ///< `rest` is the whole answer: what was shown is not its beginning
    bool broken = false;          ///< pieces are missing, and the completion was too long to carry them
  };
  Ending finish(const wire::Completion& completion);

  bool has_text() const { return bytes_ > 0; }
  std::int64_t pieces() const { return next_seq_; }

 private:
  std::vector<Passage> show(std::string_view text);
  bool goes_on_in(std::string_view whole) const;
  bool is_whole() const { return last_seen_ && !gap_; }

  ReasoningSplitter splitter_;
  std::int64_t next_seq_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t checksum_;
  bool gap_ = false;
  bool last_seen_ = false;
};

}  // namespace wsdeep::session
