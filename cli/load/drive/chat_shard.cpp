#include "load/drive/chat_shard.h"

#include <algorithm>
#include <utility>

namespace wsdeep::load {
namespace {

constexpr std::chrono::seconds kRound{1};

}  // namespace

ChatShard::ChatShard(net::EventLoop& loop, ChatPlan& plan, double opens_per_second, Owner& owner)
    : loop_(loop),
      plan_(plan),
      gap_(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / opens_per_second))),
      owner_(owner),
      rounds_(loop.every(kRound, [this] {
        const Micros now = plan_.access.clock.now();
        for (const auto& [number, slot] : slots_) slot.session->look_around(now);
      })) {}

ChatSession& ChatShard::place(const ConnectionRecord& connection) {
  ChatSession::Owner& owner = *this;
  Slot& slot = slots_[connection.session];
  slot.session = std::make_shared<ChatSession>(loop_, plan_, connection, owner);
  return *slot.session;
}

/// The pool's connections begin one after the other, whether they are the first ones or come back.
void ChatShard::open_paced(ConnectionRecord connection, std::chrono::nanoseconds delay) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const SteadyTime due = std::max(now + delay, next_opening_);
  next_opening_ = due + gap_;
  connection.intended = plan_.access.clock.at(due);
  place(connection).open(due - now);
}

void ChatShard::open(std::uint64_t session) {
  ConnectionRecord connection;
  connection.session = session;
  open_paced(connection, {});
}

void ChatShard::open_for(std::uint64_t session, const Arrival& arrival) {
  ConnectionRecord connection;
  connection.session = session;
  connection.intended = arrival.intended;
  ChatSession& placed = place(connection);
  placed.begin(arrival);
  placed.open();
}

bool ChatShard::begin(std::uint64_t session, const Arrival& arrival) {
  const auto slot = slots_.find(session);
  return slot != slots_.end() && slot->second.session->begin(arrival);
}

void ChatShard::on_open(ChatSession& session) {
  slots_[session.number()].back_off.reset();
  owner_.on_open(session.number());
}

void ChatShard::on_gone(ChatSession& session, const session::Loss& loss) {
  const ConnectionRecord connection = session.connection();
  Slot& slot = slots_[connection.session];
  loop_.post([held = std::move(slot.session)] {});  // it is the session that calls
  if (owner_.on_lost(connection, loss)) return open_again(connection);
  slots_.erase(connection.session);
}

void ChatShard::open_again(const ConnectionRecord& lost) {
  ConnectionRecord connection;
  connection.session = lost.session;
  connection.again = lost.again || lost.opened != kNever;
  open_paced(connection, slots_[lost.session].back_off.next());
}

void ChatShard::close() {
  for (const auto& [number, slot] : slots_) slot.session->close();
}

}  // namespace wsdeep::load
