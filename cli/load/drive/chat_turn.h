#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "load/drive/chat_endings.h"
#include "load/drive/piece_order.h"
#include "load/turn/arrival.h"
#include "load/turn/turn_record.h"
#include "wire/chat_frames.h"
#include "wire/think_tags.h"

namespace wsdeep::load {

/// Frames that went over a connection, as API Gateway bills them: each in units of 32 KB, both ways.
struct FrameCount {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;
  std::uint32_t billed = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;

  void count_sent(std::size_t bytes);
  void count_received(std::size_t bytes);
};

/// A turn that is over.
struct EndedTurn {
  TurnRecord record;
  std::string id;                     ///< what its frames, and its node, know it by
  std::int64_t tokens_at_cancel = 0;  ///< of the answer as it stands, those that had come when it was cancelled
};

/// One chat turn in the making: reads the server's frames into a TurnRecord. Without a socket and without a clock.
class ChatTurn {
 public:
  /// `record` has what the schedule and the conversation know of it. `id` is what its frames are known by.
  ChatTurn(TurnRecord record, std::string id, Micros cancel_after)
      : record_(std::move(record)), id_(std::move(id)), cancel_after_(cancel_after), heard_(record_.intended) {}

  void sent(Micros at, std::size_t bytes);
  void cancel_sent(Micros at, std::size_t bytes);
  void received(std::size_t bytes) { frames_.count_received(bytes); }
  enum class Heard {
    kGoesOn,
    kEnds,
    kEndsInDoubt,  ///< by a frame that does not name it: the server may be at it still
  };
  Heard take(const wire::ServerFrame& frame, Micros at);
  void end(ChatEnding ending, Micros at);
  /// Told once. `before`: frames between the last turn and this one, which count with it.
  EndedTurn finish(const FrameCount& before);

  std::uint64_t index() const { return record_.index; }
  const std::string& id() const { return foreign_id_.empty() ? id_ : foreign_id_; }
  /// The server has it.
  bool is_acknowledged() const { return record_.ack != kNever || record_.first != kNever; }
  Micros cancel_after() const { return cancel_after_; }
  bool is_cancelled() const { return record_.cancelled_at != kNever; }
  TurnProgress progress() const { return {record_.first != kNever, is_cancelled()}; }
  /// When something of it was last heard; before, when it was sent.
  Micros heard_at() const { return heard_; }

 private:
  Heard on(const wire::Accepted& frame, Micros at);
  Heard on(const wire::Chunk& frame, Micros at);
  Heard on(const wire::Completion& frame, Micros at);
  Heard on(const wire::ErrorFrame& frame, Micros at);
  Heard on(const wire::UnknownAction& frame, Micros at);
  Heard on(const wire::GatewayNotice& frame, Micros at);
  /// Of the connection, not of a turn: nothing but their size counts.
  Heard on(const wire::Notice&, Micros) { return Heard::kGoesOn; }
  Heard on(const wire::HistoryPage&, Micros) { return Heard::kGoesOn; }
  Heard on(const wire::Pong&, Micros) { return Heard::kGoesOn; }
  Heard on(const wire::RoomMessage&, Micros) { return Heard::kGoesOn; }
  Heard on(const wire::Presence&, Micros) { return Heard::kGoesOn; }

  bool is_ours(const std::string& message_id) const { return message_id.empty() || message_id == id(); }

  void restart();
  void stamp(bool answers, Micros at);
  void note(const NodeArrival& arrival);
  bool answers_in(const wire::Chunk& frame);
  void add_piece(const wire::Chunk& frame, Micros at);
  void count_tokens(const std::optional<Usage>& usage);
  void count_tokens_of_pieces();
  std::int64_t tokens_at_cancel() const;

  TurnRecord record_;
  std::string id_;
  std::string foreign_id_;  ///< of a server that takes no ids from clients
  Micros cancel_after_;
  Micros heard_;
  FrameCount frames_;
  PieceOrder order_;
  std::optional<wire::ThinkSplitter> splitter_;  ///< of a server that does not tell reasoning apart
  std::size_t first_piece_ = 0;                  ///< of the answer as it stands: those before are void
  std::uint32_t waiting_tokens_ = 0;             ///< of frames without text: they belong to the next piece
  std::int64_t node_reasoning_tokens_ = 0;
  bool last_piece_came_ = false;
};

}  // namespace wsdeep::load
