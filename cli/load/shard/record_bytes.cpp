#include "load/shard/record_bytes.h"

#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "load/shard/shard_fields.h"

/// A record's fields go one after another, in an order that one table says for writing and for reading. An instant is
/// its distance from the instant before, as they follow each other closely, plus one; 0 is kNever. A turn of a
/// hundred tokens takes some 800 bytes, and 550 once they are compressed.

namespace wsdeep::load {
namespace {

class RecordOut : public ShardFieldsOut {
 public:
  explicit RecordOut(Micros begin) : before_(begin) {}

  void instant(Micros at) {
    bytes_.number(at == kNever ? 0 : 1);
    if (at == kNever) return;
    bytes_.signed_number(at - before_);
    before_ = at;
  }
  template <class Choice>
  void choice(Choice value, Choice) {
    bytes_.number(static_cast<std::uint64_t>(value));
  }
  void offsets(const std::vector<std::uint32_t>& values) {
    bytes_.number(values.size());
    std::int64_t before = 0;
    for (const std::uint32_t value : values) {
      bytes_.signed_number(std::int64_t{value} - before);
      before = value;
    }
  }
  void pieces(const std::vector<Piece>& pieces) {
    bytes_.number(pieces.size());
    for (const Piece& piece : pieces) {
      bytes_.signed_number(piece.at - before_);
      before_ = piece.at;
      bytes_.number(piece.tokens);
      bytes_.number(piece.bytes);
    }
  }

 private:
  Micros before_;
};

class RecordIn : public ShardFieldsIn {
 public:
  using ShardFieldsIn::ShardFieldsIn;

  void instant(Micros& at) {
    at = kNever;
    if (bytes_.choice(1) == 1) at = next_instant();
  }
  template <class Choice>
  void choice(Choice& value, Choice last) {
    value = static_cast<Choice>(bytes_.choice(static_cast<std::uint64_t>(last)));
  }
  void offsets(std::vector<std::uint32_t>& values) {
    values.resize(bytes_.count(1));
    std::int64_t before = 0;
    for (std::uint32_t& value : values) {
      if (__builtin_add_overflow(before, bytes_.signed_number(), &before) || !std::in_range<std::uint32_t>(before))
        throw Error(ErrorKind::kUsage, "a token's time is out of range");
      value = static_cast<std::uint32_t>(before);
    }
  }
  void pieces(std::vector<Piece>& pieces) {
    pieces.resize(bytes_.count(kBytesOfAPiece));
    for (Piece& piece : pieces) {
      piece.at = next_instant();
      number(piece.tokens);
      number(piece.bytes);
    }
  }

 private:
  static constexpr std::size_t kBytesOfAPiece = 3;
  /// A hundred years: sums of a few of them are numbers still.
  static constexpr Micros kFarthest = 100LL * 366 * 24 * 3600 * 1'000'000;

  Micros next_instant() {
    if (__builtin_add_overflow(before_, bytes_.signed_number(), &before_) || before_ < -kFarthest ||
        before_ > kFarthest)
      throw Error(ErrorKind::kUsage, "an instant is out of range");
    return before_;
  }

  Micros before_ = 0;
};

/// The turn's instants in the order in which they come, so that their distances are small.
template <class Io, class Record>
void go_through_turn(Io& io, Record& turn) {
  io.number(turn.index);
  io.choice(turn.plane, Plane::kLlm);
  io.number(turn.stage);
  io.number(turn.conversation);
  io.number(turn.turn);
  io.instant(turn.intended);
  io.instant(turn.send);
  io.instant(turn.ack);
  io.instant(turn.first);
  io.instant(turn.answer);
  io.pieces(turn.pieces);
  io.instant(turn.last);
  io.instant(turn.end);
  io.choice(turn.how, TurnEnd::kUnfinished);
  io.text(turn.reason);
  io.text(turn.detail);
  io.text(turn.node);
  io.flag(turn.moved);
  io.choice(turn.counted_by, TokenCount::kEstimated);
  io.number(turn.output_tokens);
  io.number(turn.reasoning_tokens);
  io.optional(turn.prompt_tokens);
  io.optional(turn.cached_prompt_tokens);
  io.number(turn.bytes_sent);
  io.number(turn.bytes_received);
  io.number(turn.messages_sent);
  io.number(turn.messages_received);
  io.number(turn.billed_messages);
  io.number(turn.gaps);
  io.number(turn.repeats);
  io.number(turn.disorders);
  io.number(turn.restarts);
  io.optional(turn.queue_us);
  io.optional(turn.prefill_us);
  io.optional(turn.arrived_at);  // on the node's clock
  io.offsets(turn.token_offsets_us);
  io.instant(turn.cancelled_at);
  io.instant(turn.slot_free_at);
  io.number(turn.wasted_tokens);
}

template <class Io, class Record>
void go_through_connection(Io& io, Record& connection) {
  io.number(connection.session);
  io.instant(connection.intended);
  io.instant(connection.begin);
  io.instant(connection.resolved);
  io.instant(connection.connected);
  io.instant(connection.secured);
  io.instant(connection.opened);
  io.instant(connection.closed);
  io.number(connection.status);
  io.number(connection.close_code);
  io.flag(connection.closed_by_peer);
  io.flag(connection.again);
  io.flag(connection.resumed);
  io.text(connection.reason);
  io.number(connection.other_messages);
  io.number(connection.sign_in_us);  // how long it took; kNever is one of its values
}

}  // namespace

std::string turn_bytes(const TurnRecord& record, Micros begin) {
  RecordOut out(begin);
  go_through_turn(out, record);
  return out.take();
}

std::string connection_bytes(const ConnectionRecord& record, Micros begin) {
  RecordOut out(begin);
  go_through_connection(out, record);
  return out.take();
}

TurnRecord turn_of_bytes(std::string_view bytes) {
  RecordIn in(bytes);
  TurnRecord turn;
  go_through_turn(in, turn);
  in.expect_end("a record");
  return turn;
}

ConnectionRecord connection_of_bytes(std::string_view bytes) {
  RecordIn in(bytes);
  ConnectionRecord connection;
  go_through_connection(in, connection);
  in.expect_end("a record");
  return connection;
}

}  // namespace wsdeep::load
