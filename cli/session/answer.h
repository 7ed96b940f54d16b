#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/chat_frames.h"
#include "wire/think_tags.h"

namespace wsdeep::session {

/// One answer in the making. Its pieces may come twice, after a reconnect some never come, and the completion carries
/// the whole text: what is missing is taken from there. No piece is kept: of the text that was given out, its length
/// and a checksum tell whether the whole text goes on from it.
///
/// A server that keeps reasoning apart has a `reasoning` in every chunk; the text of an older one is split here.
class Answer {
 public:
  /// The pieces to show; none for a chunk that came before, or that comes after a missing one. The chunk's tokens are
  /// at its last piece, which may be one without text.
  std::vector<LlmChunk> take(const wire::Chunk& chunk);

  struct Ending {
    std::vector<LlmChunk> rest{};  ///< what had not been shown
    bool anew = false;             ///< `rest` is the whole answer: what was shown is not its beginning
    bool broken = false;           ///< pieces are missing, and the completion was too long to carry them
  };
  Ending finish(const wire::Completion& completion);

  bool has_text() const { return text_.bytes > 0 || reasoning_.bytes > 0; }
  std::int64_t pieces() const { return next_seq_; }

 private:
  /// Text that was given out.
  struct Shown {
    Shown();
    void add(std::string_view text);
    bool goes_on_in(std::string_view whole) const;
    std::string_view rest_of(std::string_view whole) const { return whole.substr(bytes); }

    std::size_t bytes = 0;
    std::uint64_t checksum;
  };

  void show_separate(const wire::Chunk& chunk, std::vector<LlmChunk>& out);
  void show_rest(const wire::Completion& completion, Ending& ending);
  bool is_whole() const { return last_seen_ && !gap_; }

  wire::ThinkSplitter splitter_;  ///< of an older server's text
  std::optional<bool> separate_;  ///< nothing: no chunk has come yet
  std::int64_t next_seq_ = 0;
  Shown text_;  ///< of an older server, with reasoning and tags
  Shown reasoning_;
  bool gap_ = false;
  bool last_seen_ = false;
};

}  // namespace wsdeep::session
