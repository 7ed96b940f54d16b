#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "chat/chat.h"
#include "support/manual_clock.h"

/// The chat ports in memory: small real things that obey ports.h, with switches for what a service can do wrong.
namespace wsdeep::testing {

/// What a fake does before the operation that is named, such as `append assistant`: throw, move the clock.
using Faults = std::map<std::string, std::function<void()>, std::less<>>;

inline void meet(const Faults& faults, std::string_view operation) {
  if (const auto fault = faults.find(operation); fault != faults.end()) fault->second();
}

inline std::function<void()> fails(std::string message) {
  return [message] { throw Error(ErrorKind::kFailure, message); };
}
inline std::function<void()> throttles() {
  return [] { throw chat::Throttled("throttled"); };
}

class MemoryConnections final : public chat::Connections {
 public:
  void put(const chat::Connection& connection) override {
    meet(faults, "put");
    records[connection.connection_id] = connection;
  }
  std::optional<chat::Connection> find(std::string_view connection_id) override {
    meet(faults, "find");
    const auto found = records.find(connection_id);
    return found == records.end() ? std::nullopt : std::optional(found->second);
  }
  void set_chat(std::string_view connection_id, std::string_view chat_id) override {
    records.at(std::string(connection_id)).chat_id = chat_id;
  }
  void remove(std::string_view connection_id) override {
    meet(faults, "remove");
    records.erase(std::string(connection_id));
  }
  std::vector<chat::Connection> of_user(std::string_view user_id) override {
    std::vector<chat::Connection> out = all();
    std::erase_if(out, [&](const chat::Connection& connection) { return connection.user_id != user_id; });
    return out;
  }
  std::vector<chat::Connection> all() const {
    std::vector<chat::Connection> out;
    for (const auto& [id, connection] : records) out.push_back(connection);
    return out;
  }

  std::map<std::string, chat::Connection, std::less<>> records;
  Faults faults;
};

/// Who is where, beside the connections that say so too.
class MemoryRooms final : public chat::Rooms {
 public:
  explicit MemoryRooms(MemoryConnections& connections) : connections_(connections) {}

  Joined join(std::string_view room, const chat::Member& member) override {
    meet(faults, "join");
    const auto connection = connections_.records.find(member.connection_id);
    if (connection == connections_.records.end()) return Joined::kNoConnection;
    auto& rooms = connection->second.rooms;
    if (std::find(rooms.begin(), rooms.end(), room) != rooms.end()) return Joined::kThere;
    if (rooms.size() >= chat::kMostRooms) return Joined::kTooMany;
    rooms.emplace_back(room);
    records[std::string(room)].push_back(member);
    arrived[std::string(room)].push_back(member);
    return Joined::kNew;
  }
  bool leave(std::string_view room, std::string_view connection_id) override {
    meet(faults, "leave");
    if (const auto connection = connections_.records.find(connection_id); connection != connections_.records.end())
      std::erase(connection->second.rooms, room);
    std::erase_if(arrived[std::string(room)],
                  [&](const chat::Member& one) { return one.connection_id == connection_id; });
    return std::erase_if(records[std::string(room)],
                         [&](const chat::Member& one) { return one.connection_id == connection_id; }) > 0;
  }
  std::vector<chat::Member> members(std::string_view room) override {
    meet(faults, "members");
    ++reads;
    return records[std::string(room)];
  }
  bool depart(std::string_view room, std::string_view connection_id) override {
    for (const chat::Member& member : records[std::string(room)])
      if (member.connection_id == connection_id) departed[std::string(room)].push_back(member);
    const std::vector<chat::Member> untold = arrived[std::string(room)];
    const bool was_in = leave(room, connection_id);
    arrived[std::string(room)] = untold;
    return was_in;
  }
  Census census(std::string_view room) override {
    return {members(room), departed[std::string(room)], arrived[std::string(room)]};
  }
  std::vector<chat::Member> take_arrived(std::string_view room, const std::vector<chat::Member>& some) override {
    meet(faults, "take_arrived");
    std::vector<chat::Member> taken;
    for (const chat::Member& member : some)
      if (std::erase(arrived[std::string(room)], member) > 0) taken.push_back(member);
    return taken;
  }
  void forget_departed(std::string_view room, const std::vector<chat::Member>& told) override {
    for (const chat::Member& member : told) std::erase(departed[std::string(room)], member);
  }
  std::optional<std::int64_t> ask_to_tell(std::string_view room, std::string_view teller, const Lease& lease) override {
    Turn& turn = turns[std::string(room)];
    if (turn.teller.empty() || turn.until_ms < lease.now_ms) turn = {std::string(teller), lease.until_ms, turn.asked};
    ++turn.asked;
    return turn.teller == teller ? std::optional(turn.asked) : std::nullopt;
  }
  std::optional<std::int64_t> end_telling(std::string_view room, std::string_view teller, std::int64_t asked) override {
    meet(faults, "end_telling");
    Turn& turn = turns[std::string(room)];
    if (turn.teller != teller) return std::nullopt;
    if (turn.asked > asked) return turn.asked;
    turns.erase(std::string(room));
    return std::nullopt;
  }
  bool take_message(std::string_view user_id, std::int64_t window_ms, int most, std::int64_t) override {
    return ++said[{std::string(user_id), window_ms}] <= most;
  }

  struct Turn {
    std::string teller;
    std::int64_t until_ms = 0;
    std::int64_t asked = 0;
  };

  std::map<std::string, std::vector<chat::Member>, std::less<>> records;
  std::map<std::string, std::vector<chat::Member>, std::less<>> departed;
  std::map<std::string, std::vector<chat::Member>, std::less<>> arrived;
  std::map<std::string, Turn, std::less<>> turns;
  std::map<std::pair<std::string, std::int64_t>, int> said;
  Faults faults;
  int reads = 0;

 private:
  MemoryConnections& connections_;
};

class MemoryChats final : public chat::Chats {
 public:
  explicit MemoryChats(const Clock& clock) : clock_(clock) {}

  chat::Chat open(std::string_view chat_id, std::string_view user_id) override {
    meet(faults, "open");
    auto& record = records.try_emplace(std::string(chat_id)).first->second;
    if (record.chat.chat_id.empty()) record.chat = {std::string(chat_id), std::string(user_id), "", "", 0, ""};
    return record.chat;
  }
  std::optional<chat::Chat> find(std::string_view chat_id) override {
    meet(faults, "find");
    const auto found = records.find(chat_id);
    return found == records.end() ? std::nullopt : std::optional(found->second.chat);
  }
  bool clear(std::string_view chat_id, std::int64_t from_ms) override {
    if (!records.contains(chat_id)) return false;
    at(chat_id).chat.history_from_ms = from_ms;
    return true;
  }

  chat::Admission accept(const chat::TurnKey& turn, const chat::Question& question) override {
    meet(faults, "accept");
    if (!records.contains(turn.chat_id)) return {chat::Admission::Verdict::kNoChat, {}};
    if (const auto known = look_up(turn.chat_id, turn.message_id)) return {chat::Admission::Verdict::kKnown, *known};
    if (is_busy(turn.chat_id)) return {chat::Admission::Verdict::kBusy, {}};
    begin_turn(turn, question.title, question.connection_id);
    store_question(turn, question);
    return {};
  }
  void keep(const chat::TurnKey& said, const chat::Question& question) override {
    meet(faults, "keep");
    records.try_emplace(said.chat_id);
    store_question(said, question);
  }
  chat::Admission restart(const chat::TurnKey& turn, std::string_view connection_id) override {
    meet(faults, "restart");
    if (is_busy(turn.chat_id)) return {chat::Admission::Verdict::kBusy, {}};
    begin_turn(turn, "", connection_id);
    at(turn.chat_id).turns[turn.message_id].restarted = true;
    return {};
  }
  std::optional<chat::KnownTurn> look_up(std::string_view chat_id, std::string_view message_id) override {
    const Record& record = at(chat_id);
    const auto found = record.turns.find(message_id);
    if (found == record.turns.end()) return std::nullopt;
    chat::KnownTurn known{chat::KnownTurn::State::kDied, found->second.accepted_at_ms, {}, found->second.restarted};
    if (found->second.ending) {
      known.state = chat::KnownTurn::State::kEnded;
      known.ending = *found->second.ending;
    } else if (record.holder && record.holder->message_id == message_id && is_alive(*record.holder)) {
      known.state = record.holder->claimed ? chat::KnownTurn::State::kRunning : chat::KnownTurn::State::kWaiting;
    }
    return known;
  }
  bool move(const chat::TurnKey& turn, std::string_view connection_id) override {
    meet(faults, "move");
    Record& record = at(turn.chat_id);
    if (!record.holder || record.holder->message_id != turn.message_id || !is_alive(*record.holder)) return false;
    record.chat.connection_id = connection_id;
    return true;
  }
  std::optional<std::string> answer_of(const chat::TurnKey& turn) override {
    const auto& messages = at(turn.chat_id).messages;
    const auto found = messages.find({turn.accepted_at_ms, turn.message_id, true});
    return found == messages.end() ? std::nullopt : std::optional(found->second.content);
  }

  chat::Claim claim(const chat::TurnKey& turn) override {
    using State = chat::Claim::State;
    meet(faults, "claim");
    if (!records.contains(turn.chat_id)) return {State::kNoChat, {}};
    Record& record = at(turn.chat_id);
    auto& holder = record.holder;
    if (!holder || holder->message_id != turn.message_id)
      return {record.turns[turn.message_id].ending ? State::kDuplicate : State::kSuperseded, record.chat};
    if (holder->claimed && is_alive(*holder)) return {State::kDuplicate, record.chat};
    holder->alive_at_ms = epoch_ms(clock_.now());
    return {std::exchange(holder->claimed, true) ? State::kAbandoned : State::kMine, record.chat};
  }
  Pulse heartbeat(const chat::TurnKey& turn) override {
    meet(faults, "heartbeat");
    ++heartbeats;
    Record& record = at(turn.chat_id);
    if (!record.holder || record.holder->message_id != turn.message_id) return {false, true, ""};
    record.holder->alive_at_ms = epoch_ms(clock_.now());
    return {record.cancel_requested, false, record.chat.connection_id};
  }
  chat::Ended end_turn(const chat::TurnKey& turn, const chat::TurnEnd& end) override {
    using Verdict = chat::Ended::Verdict;
    meet(faults, "end_turn");
    if (end.answer) meet(faults, "append assistant");
    if (!records.contains(turn.chat_id)) return {Verdict::kNoChat, ""};
    Record& record = at(turn.chat_id);
    if (record.holder && record.holder->message_id == turn.message_id) {
      const std::string& connection = record.chat.connection_id;
      if (!connection.empty() && connection != end.connection_id) return {Verdict::kMoved, connection};
      record.holder.reset();
      if (!end.sticky_cookie.empty()) record.chat.sticky_cookie = end.sticky_cookie;
    } else if (record.turns[turn.message_id].ending) {
      return {Verdict::kElsewhere, ""};
    }
    record.turns[turn.message_id].ending = end.ending;
    if (end.answer) put(turn, {"assistant", *end.answer}, end.partial);
    return {};
  }
  std::optional<std::string> request_cancel(std::string_view chat_id,
                                            const std::optional<std::string>& message_id) override {
    Record& record = at(chat_id);
    if (!record.holder || (message_id && *message_id != record.holder->message_id)) return std::nullopt;
    record.cancel_requested = true;
    return record.holder->message_id;
  }
  /// The cursor is the number of messages that are older than the page.
  std::optional<Slice> read_back(std::string_view chat_id, std::int64_t history_from_ms, std::string_view before,
                                 int limit) override {
    meet(faults, "read_back");
    ++reads;
    if (before.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    std::vector<wire::StoredMessage> kept;
    for (const auto& [key, message] : at(chat_id).messages)
      if (std::get<0>(key) >= history_from_ms) kept.push_back(message);
    std::size_t end = before.empty() ? kept.size() : std::stoul(std::string(before));
    Slice slice;
    for (; end > 0 && slice.messages.size() < static_cast<std::size_t>(limit); --end)
      slice.messages.push_back(kept[end - 1]);
    if (end > 0) slice.next = std::to_string(end);
    return slice;
  }

  struct Holder {
    std::string message_id;
    std::int64_t alive_at_ms = 0;
    bool claimed = false;
  };
  struct Turn {
    std::int64_t accepted_at_ms = 0;
    std::optional<chat::Ending> ending;
    bool restarted = false;
  };
  using Key = std::tuple<std::int64_t, std::string, bool>;  ///< accepted at, message id, whether it is the answer
  struct Record {
    chat::Chat chat;
    std::map<Key, wire::StoredMessage> messages;
    std::map<std::string, Turn, std::less<>> turns;
    std::optional<Holder> holder;
    bool cancel_requested = false;
  };
  Record& at(std::string_view chat_id) { return records.at(std::string(chat_id)); }

  /// A turn holds the chat.
  void begin_turn(const chat::TurnKey& turn, std::string_view title, std::string_view connection_id = "conn") {
    Record& record = at(turn.chat_id);
    record.holder = Holder{turn.message_id, epoch_ms(clock_.now()), false};
    record.cancel_requested = false;
    record.chat.connection_id = connection_id;
    record.turns[turn.message_id] = {turn.accepted_at_ms, std::nullopt, false};
    if (record.chat.title.empty()) record.chat.title = title;
  }
  void append(const chat::TurnKey& turn, const ChatMessage& message) { put(turn, message, false); }
  void store_question(const chat::TurnKey& turn, const chat::Question& question) {
    append(turn, {"user", question.text});
    wire::StoredMessage& stored = at(turn.chat_id).messages[{turn.accepted_at_ms, turn.message_id, false}];
    stored.sender = question.sender;
    stored.sender_name = question.sender_name;
  }

  /// Role and content of every stored message, oldest first.
  std::vector<ChatMessage> contents(std::string_view chat_id) {
    std::vector<ChatMessage> out;
    for (const auto& [key, message] : at(chat_id).messages) out.push_back({message.role, message.content});
    return out;
  }

  static constexpr std::int64_t kExpiryMs = chat::kTurnExpiry.count();
  std::map<std::string, Record, std::less<>> records;
  Faults faults;
  int heartbeats = 0;
  int reads = 0;

 private:
  bool is_alive(const Holder& holder) const { return holder.alive_at_ms + kExpiryMs > epoch_ms(clock_.now()); }
  bool is_busy(std::string_view chat_id) {
    const auto& holder = at(chat_id).holder;
    return holder && is_alive(*holder);
  }
  void put(const chat::TurnKey& turn, const ChatMessage& message, bool partial) {
    const Key key{turn.accepted_at_ms, turn.message_id, message.role == "assistant"};
    at(turn.chat_id).messages[key] =
        wire::StoredMessage{message.role, message.content, turn.message_id, epoch_ms(clock_.now()), false, partial};
  }

  const Clock& clock_;
};

class RecordingReplies final : public chat::Replies {
 public:
  chat::Delivery post(std::string_view connection_id, std::string_view frame, chat::Repeat) override {
    if (before_post) before_post(std::string(connection_id), wire::parse_server_frame(frame));
    if (gone.contains(connection_id)) return chat::Delivery::kGone;
    posts.emplace_back(connection_id, frame);
    return chat::Delivery::kSent;
  }
  chat::Posted post_all(const std::vector<std::string>& connection_ids, std::string_view frame) override {
    chat::Posted posted;
    for (const std::string& connection_id : connection_ids) try {
        if (post(connection_id, frame, chat::Repeat::kVisible) == chat::Delivery::kSent)
          ++posted.sent;
        else
          posted.gone.push_back(connection_id);
      } catch (const std::exception&) {
        if (!posted.failure) posted.failure = std::current_exception();
      }
    return posted;
  }
  chat::Posted post_each(const std::vector<chat::Letter>& letters) override {
    chat::Posted posted;
    for (const chat::Letter& letter : letters) {
      const chat::Posted one = post_all({letter.connection_id}, letter.frame);
      posted.sent += one.sent;
      posted.gone.insert(posted.gone.end(), one.gone.begin(), one.gone.end());
      if (!posted.failure) posted.failure = one.failure;
    }
    return posted;
  }

  /// The frames of one kind that were posted to anybody, in order.
  template <typename Frame>
  std::vector<Frame> of() const {
    std::vector<Frame> out;
    for (const auto& [connection_id, text] : posts) {
      const wire::ServerFrame frame = wire::parse_server_frame(text);
      if (const auto* wanted = std::get_if<Frame>(&frame)) out.push_back(*wanted);
    }
    return out;
  }
  /// The texts of all chunks, put together.
  std::string streamed() const {
    std::string out;
    for (const wire::Chunk& chunk : of<wire::Chunk>()) out += chunk.text;
    return out;
  }

  std::vector<std::pair<std::string, std::string>> posts;  ///< connection id, frame
  std::set<std::string, std::less<>> gone;
  /// Sees each frame before it is delivered; may throw, move the clock, or make the connection gone.
  std::function<void(const std::string& connection_id, const wire::ServerFrame& frame)> before_post;
};

class RecordingGenerations final : public chat::Generations {
 public:
  void start(const chat::TurnKey& turn, std::string_view connection_id, std::string_view user_id,
             const chat::Generating& how) override {
    if (fault) fault();
    started.push_back({std::string(connection_id), "https://d/s", std::string(user_id), turn.chat_id, turn.message_id,
                       turn.accepted_at_ms, how.parameters, how.separate_reasoning, how.timings});
  }

  std::vector<wire::GenerateEvent> started;
  std::function<void()> fault;
};

/// A node that plays a script: at `at` after the start it sends an event. Waiting moves the manual clock; a script
/// without an end stalls.
class ScriptedLlm final : public chat::Llm {
 public:
  struct Step {
    std::chrono::milliseconds at;
    chat::LlmReader::Event event;
  };
  explicit ScriptedLlm(ManualClock& clock) : clock_(clock) {}

  ScriptedLlm& text(int at_ms, std::string text) { return chunk(at_ms, {std::move(text)}); }
  ScriptedLlm& think(int at_ms, std::string text) { return chunk(at_ms, {std::move(text), true}); }
  ScriptedLlm& chunk(int at_ms, LlmChunk chunk) {
    script.push_back({std::chrono::milliseconds(at_ms), {chat::LlmReader::State::kText, {std::move(chunk)}, {}, {}}});
    return *this;
  }
  ScriptedLlm& end(int at_ms, LlmResult result = {"stop", Usage{3, 4}, "node-1", "lb=1"}) {
    script.push_back({std::chrono::milliseconds(at_ms), {chat::LlmReader::State::kEnded, {}, std::move(result), {}}});
    return *this;
  }
  ScriptedLlm& fail(int at_ms, std::string category, const std::string& words = "") {
    script.push_back({std::chrono::milliseconds(at_ms),
                      {chat::LlmReader::State::kFailed, {}, {}, {std::move(category), "as scripted", words}}});
    return *this;
  }

  /// Nobody there to take the call; it is made again.
  ScriptedLlm& no_node(int at_ms) {
    script.push_back({std::chrono::milliseconds(at_ms),
                      {chat::LlmReader::State::kNoNode, {}, {}, {"llm_unavailable", "it answered HTTP 503"}}});
    return *this;
  }
  /// Refused: to be asked again in `retry_ms`.
  ScriptedLlm& refuse(int at_ms, std::string category, int retry_ms) {
    fail(at_ms, std::move(category)).script.back().event.failure.retry_after = std::chrono::milliseconds(retry_ms);
    return *this;
  }
  /// Ended by a node that goes.
  ScriptedLlm& hand_over(int at_ms) {
    refuse(at_ms, "llm_unavailable", 0).script.back().event.failure.handed_over = true;
    return *this;
  }
  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override {
    if (fault) fault();
    if (before_start) before_start();
    requests.push_back(request);
    timeouts.push_back(timeout);
    return std::make_unique<Reader>(*this);
  }

  std::vector<Step> script;
  std::vector<LlmRequest> requests;
  std::vector<std::chrono::milliseconds> timeouts;
  std::function<void()> fault;
  std::function<void()> before_start;
  int running = 0;
  int cancelled = 0;  ///< readers that were destroyed before their end

 private:
  class Reader final : public chat::LlmReader {
   public:
    explicit Reader(ScriptedLlm& llm) : llm_(llm), started_(llm.clock_.steady_now()) { ++llm_.running; }
    ~Reader() override {
      --llm_.running;
      if (!ended_) ++llm_.cancelled;
    }
    Event next(SteadyTime until) override {
      const SteadyTime wake = at_ < llm_.script.size() ? std::min(until, time_of(llm_.script[at_])) : until;
      if (wake > now()) llm_.clock_.advance(wake - now());
      if (at_ == llm_.script.size() || time_of(llm_.script[at_]) > now()) return {};
      return take_due();
    }

   private:
    Event take_due() {
      Event event = llm_.script[at_++].event;
      ended_ = event.state == State::kEnded || event.state == State::kFailed;
      while (!ended_ && at_ < llm_.script.size() && llm_.script[at_].event.state == State::kText &&
             time_of(llm_.script[at_]) <= now())
        for (const LlmChunk& chunk : llm_.script[at_++].event.chunks) event.chunks.push_back(chunk);
      return event;
    }
    SteadyTime time_of(const Step& step) const { return started_ + step.at; }
    SteadyTime now() const { return llm_.clock_.steady_now(); }

    ScriptedLlm& llm_;
    SteadyTime started_;
    std::size_t at_ = 0;
    bool ended_ = false;
  };

  ManualClock& clock_;
};

}  // namespace wsdeep::testing
