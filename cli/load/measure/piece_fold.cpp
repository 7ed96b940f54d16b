#include "load/measure/piece_fold.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace wsdeep::load {

namespace {

/// How a turn's tokens are spread over its pieces: as they say, else by their bytes. The sum is the turn's own count,
/// so that a figure never adds counts of two kinds.
class TokenSpread {
 public:
  TokenSpread(const std::vector<Piece>& pieces, bool counted, std::uint32_t total) : counted_(counted), total_(total) {
    for (const Piece& piece : pieces) all_ += weight(piece);
  }

  /// The share of the next piece.
  std::uint32_t next(const Piece& piece) {
    before_ += weight(piece);
    const auto given = static_cast<std::uint64_t>(all_ == 0 ? 0 : total_ * before_ / all_);
    const std::uint64_t share = given - std::exchange(given_, given);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(share, kUnknown - 1));
  }

 private:
  double weight(const Piece& piece) const { return counted_ ? piece.tokens : piece.bytes; }

  bool counted_;
  double total_;
  double all_ = 0;
  double before_ = 0;
  std::uint64_t given_ = 0;
};

/// The last piece of an answer may have none: it is text that was held back, of tokens that were counted before.
std::uint32_t tokens_of_pieces(const TurnRecord& record) {
  std::uint64_t sum = 0;
  for (const Piece& piece : record.pieces) {
    const bool held_back = &piece == &record.pieces.back() && sum > 0 && record.restarts == 0;
    if (piece.tokens == 0 && !held_back) return kUnknown;
    sum += piece.tokens;
  }
  return record.pieces.empty() ? kUnknown : static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, kUnknown - 1));
}

/// Letter A wants an instant for each token that came with a text, and none before the one before it. Of an answer that
/// began anew the instants are those of its last beginning, and the pieces those of all.
ItlLetter letter_of(const TurnRecord& record, std::uint32_t piece_tokens) {
  const auto& offsets = record.token_offsets_us;
  const bool one_for_each = piece_tokens == kUnknown || offsets.size() >= piece_tokens || record.restarts > 0;
  if (!offsets.empty() && one_for_each && std::ranges::is_sorted(offsets)) return ItlLetter::kExact;
  return piece_tokens == kUnknown ? ItlLetter::kNothing : ItlLetter::kCountOnly;
}

void fold_token_gaps(const std::vector<std::uint32_t>& offsets, GapCounts& counts) {
  for (std::size_t i = 1; i < offsets.size(); ++i) counts.record(offsets[i] - offsets[i - 1], 1);
}

/// Adds the turn's tokens to the seconds in which they came, in its own way of counting and, where that is another one,
/// in the node's. Of a turn without pieces they came with its last text.
void fold_received(const TurnRecord& record, Micros begin, KeptTurn& turn, Received& received) {
  const bool counted = turn.piece_tokens != kUnknown;
  const bool by_pieces_too = counted && record.counted_by != TokenCount::kNode;
  Received::Adder adder(received, turn.node);
  TokenSpread spread(record.pieces, counted, turn.output_tokens);
  for (const Piece& piece : record.pieces) {
    const std::uint32_t share = spread.next(piece);
    if (&piece == &record.pieces.front()) turn.first_tokens = std::max(1U, share);
    if (record.counted_by != TokenCount::kNone) adder.add(piece.at - begin, record.counted_by, share);
    if (by_pieces_too) adder.add(piece.at - begin, TokenCount::kNode, piece.tokens);
  }
  const Micros at = turn.last != kNever ? turn.last : turn.end;
  if (record.pieces.empty() && turn.output_tokens > 0 && at != kNever)
    adder.add(at, record.counted_by, turn.output_tokens);
}

}  // namespace

void PieceFold::fold(const TurnRecord& record, Micros begin, KeptTurn& turn, Cell* cell, Received& received) {
  turn.piece_tokens = tokens_of_pieces(record);
  turn.letter = letter_of(record, turn.piece_tokens);
  fold_received(record, begin, turn, received);
  take_gaps(record);
  fold_gaps(record, turn, cell);
  if (cell == nullptr) return;
  cell->add(record);
  if (turn.letter == ItlLetter::kExact) fold_token_gaps(record.token_offsets_us, cell->token_gaps);
}

void PieceFold::take_gaps(const TurnRecord& record) {
  gaps_.clear();
  for (std::size_t i = 1; i < record.pieces.size(); ++i)
    gaps_.push_back(std::max<Micros>(0, record.pieces[i].at - record.pieces[i - 1].at));
}

/// A gap is a stall when it is longer than 1 s and than ten times the turn's median.
Micros PieceFold::stall_limit() {
  if (gaps_.empty()) return kOneSecond;
  sorted_ = gaps_;
  const auto median = sorted_.begin() + static_cast<std::ptrdiff_t>((sorted_.size() - 1) / 2);
  std::ranges::nth_element(sorted_, median);
  return std::max(kOneSecond, 10 * *median);
}

void PieceFold::fold_gaps(const TurnRecord& record, KeptTurn& turn, Cell* cell) {
  const Micros longest = gaps_.empty() ? kNever : std::ranges::max(gaps_);
  if (longest != kNever) turn.longest_gap_us = static_cast<std::uint32_t>(std::min<Micros>(longest, kUnknown - 1));
  const bool may_stall = longest > kOneSecond || (turn.unfinished() && turn.has_text());
  const Micros limit = may_stall ? stall_limit() : Micros{kUnknown};
  turn.stall_after_us = static_cast<std::uint32_t>(std::min<Micros>(limit, kUnknown));
  if (cell == nullptr) return;
  for (std::size_t i = 0; i < gaps_.size(); ++i) {
    cell->frame_gaps.record(gaps_[i], record.pieces[i + 1].tokens);
    if (gaps_[i] > limit) cell->stalls.record(gaps_[i], 0);
  }
}

}  // namespace wsdeep::load
