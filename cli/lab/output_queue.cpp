#include "lab/output_queue.h"

#include "lab/text_stream.h"

namespace wsdeep::lab {

void OutputQueue::add(std::string_view text) {
  if (behind_) return;  // the screen that will be painted has it
  pending_ += text;
  if (pending_.size() > kMostBehind + screen_bytes_) start_over();
}

void OutputQueue::start_over() {
  behind_ = true;
  pending_.clear();
  pending_.shrink_to_fit();
}

std::optional<OutputQueue::Piece> OutputQueue::next() {
  if (!has_more()) return std::nullopt;
  Piece piece;
  piece.is_screen = behind_;
  if (behind_) {
    behind_ = false;
    pending_ = repaint_();
    screen_bytes_ = pending_.size();
  }
  piece.data = whole_prefix(pending_, kMostInFrame);
  pending_.erase(0, piece.data.size());
  piece.seq = piece.is_screen ? seq_ : seq_++;
  return piece;
}

}  // namespace wsdeep::lab
