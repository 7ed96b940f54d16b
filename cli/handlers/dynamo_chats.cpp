// How a chat lies in the table, and how one generation at a time holds it.
//
//   chatId  itemKey                                   other attributes
//   c-1     meta                                      userId, title, …, generation {messageId, startedAt, heartbeatAt,
//                                                     claimed}, connectionId, cancelRequested, stickyCookie,
//                                                     historyFrom, ttl
//   c-1     turn#m-7                                  messageId, acceptedAt, outcome, finishReason, …
//   c-1     msg#1732100000123#m-7#0                   role user,      content, timestamp, messageId; of a room (the
//                                                     chat room#NAME, of itself): sender, senderName
//   c-1     msg#1732100000123#m-7#1                   role assistant, content, timestamp, messageId, partial
//
// Both messages of a turn carry the time at which the turn was accepted, so they stand side by side however long the
// answer took; `turn#` finds that time by the messageId alone, and remembers how the turn ended. `generation` is the
// lock: `message` sets it together with turn and question (accept), `generate` marks it claimed once (claim), keeps its
// heartbeat young while it streams, and removes it together with ending and answer (end_turn). A heartbeat older than
// kTurnExpiry means that the holder died: the next message takes it over, or Lambda's retry of the same event, which
// comes a minute later. `claimed` is the invocation's request id and a number of the attempt's own, so that a retry
// knows its earlier attempt; to it kRetriedRunExpiry is enough.
//
// `connectionId` is where the client of the newest turn is. A turn ends only while it is where its run thinks, so a
// client that comes back is either seen by the run before the end, or sees the end itself.
//
// Every step is one conditional update of `meta`, alone or in a transaction, so two callers can never both hold it. Any
// of them may be sent twice, when its first answer was lost: an update's condition also admits the state that the same
// update leaves behind, and a transaction carries a token.
#include "handlers/dynamo_chats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "handlers/chat_items.h"
#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;
using aws::Written;

/// A heartbeat that takes longer would hold up the answer; the next one follows.
constexpr std::chrono::milliseconds kHeartbeatLimit{2'000};

constexpr const char* kHeldByUs =
    "generation.messageId = :id AND (attribute_not_exists(generation.claimed) OR generation.claimed = :claim)";

bool is_expired(const AttributeMap& meta, SystemTime now) {
  return wire::integer_of(meta, "ttl").value_or(INT64_MAX) <= epoch_seconds(now);
}

}  // namespace

Written DynamoChats::update_meta(std::string_view chat_id, std::string update, aws::Expressions expressions,
                                 bool return_new) {
  return guarded([&] {
    return db_.update({table_, key_of_meta(chat_id), std::move(update), std::move(expressions), return_new}, context_);
  });
}

std::vector<Written> DynamoChats::transact(const Writes& writes) {
  return guarded([&] { return db_.transact(writes, context_); });
}

AttributeMap DynamoChats::new_meta(std::string_view chat_id, std::string_view user_id) const {
  AttributeMap item = key_of_meta(chat_id);
  item.emplace("userId", AttributeValue::of(user_id));
  item.emplace("createdAt", AttributeValue::of(now_ms()));
  item.emplace("updatedAt", AttributeValue::of(now_ms()));
  item.emplace("ttl", AttributeValue::of(expiry()));
  return item;
}

/// One call, for a new chat and for one that is used again.
chat::Chat DynamoChats::open(std::string_view chat_id, std::string_view user_id) {
  const Written opened = update_meta(chat_id,
                                     "SET userId = :user, createdAt = if_not_exists(createdAt, :now), "
                                     "updatedAt = if_not_exists(updatedAt, :now), #ttl = :ttl",
                                     {"attribute_not_exists(chatId) OR (userId = :user AND #ttl > :seconds)",
                                      {{"#ttl", "ttl"}},
                                      {{":user", AttributeValue::of(user_id)},
                                       {":now", AttributeValue::of(now_ms())},
                                       {":seconds", AttributeValue::of(epoch_seconds(clock_.now()))},
                                       {":ttl", AttributeValue::of(expiry())}}},
                                     true);
  if (opened || !is_expired(opened.item, clock_.now())) return chat_in(opened.item);
  // Its time is over, and DynamoDB has not got round to removing it: the id begins anew, and what is left of the old
  // chat stays out of sight.
  AttributeMap item = new_meta(chat_id, user_id);
  item.emplace("historyFrom", AttributeValue::of(now_ms()));
  const bool made = guarded([&] {
    return db_.put({table_,
                    item,
                    {"attribute_not_exists(chatId) OR #ttl <= :seconds",
                     {{"#ttl", "ttl"}},
                     {{":seconds", AttributeValue::of(epoch_seconds(clock_.now()))}}}},
                   context_);
  });
  if (made) return chat_in(item);
  if (auto existing = find(chat_id)) return *existing;
  throw Error(ErrorKind::kFailure, "the chat was removed while it was opened");
}

std::optional<chat::Chat> DynamoChats::find(std::string_view chat_id) {
  const auto item = guarded([&] { return db_.get(table_, key_of_meta(chat_id), true, context_); });
  return item ? std::optional(chat_in(*item)) : std::nullopt;
}

bool DynamoChats::clear(std::string_view chat_id, std::int64_t from_ms) {
  return update_meta(chat_id, "SET historyFrom = :from, updatedAt = :now, #ttl = :ttl",
                     {"attribute_exists(chatId)",
                      {{"#ttl", "ttl"}},
                      {{":from", AttributeValue::of(from_ms)},
                       {":now", AttributeValue::of(now_ms())},
                       {":ttl", AttributeValue::of(expiry())}}})
      .done;
}

/// Takes the chat's one generation, which must be free.
aws::UpdateItem DynamoChats::take_chat(const chat::TurnKey& turn, std::string_view title,
                                       std::string_view connection_id) const {
  AttributeMap generation = {{"messageId", AttributeValue::of(turn.message_id)},
                             {"startedAt", AttributeValue::of(now_ms())},
                             {"heartbeatAt", AttributeValue::of(now_ms())}};
  return {table_,
          key_of_meta(turn.chat_id),
          "SET generation = :generation, connectionId = :connection, updatedAt = :now, #ttl = :ttl, "
          "title = if_not_exists(title, :title) REMOVE cancelRequested",
          {"attribute_exists(chatId) AND (attribute_not_exists(generation) OR generation.heartbeatAt < :stale)",
           {{"#ttl", "ttl"}},
           {{":generation", AttributeValue::of(std::move(generation))},
            {":connection", AttributeValue::of(connection_id)},
            {":now", AttributeValue::of(now_ms())},
            {":ttl", AttributeValue::of(expiry())},
            {":title", AttributeValue::of(title)},
            {":stale", AttributeValue::of(stale_ms())}}},
          false};
}

aws::PutItem DynamoChats::message_of(const chat::TurnKey& turn, std::string_view role, std::string_view content,
                                     bool partial) const {
  AttributeMap item = key_of_message(turn, role == "assistant");
  item.emplace("role", AttributeValue::of(role));
  item.emplace("content", AttributeValue::of(content));
  item.emplace("timestamp", AttributeValue::of(now_ms()));
  item.emplace("messageId", AttributeValue::of(turn.message_id));
  item.emplace("ttl", AttributeValue::of(expiry()));
  if (partial) item.emplace("partial", AttributeValue::of(true));
  return {table_, std::move(item), {}};
}

aws::PutItem DynamoChats::question_of(const chat::TurnKey& turn, const chat::Question& question) const {
  aws::PutItem put = message_of(turn, "user", question.text, false);
  if (!question.sender.empty()) put.item.emplace("sender", AttributeValue::of(question.sender));
  if (!question.sender_name.empty()) put.item.emplace("senderName", AttributeValue::of(question.sender_name));
  return put;
}

aws::PutItem DynamoChats::record_of_turn(const chat::TurnKey& turn) const {
  AttributeMap record = key_of_turn(turn.chat_id, turn.message_id);
  record.emplace("messageId", AttributeValue::of(turn.message_id));
  record.emplace("acceptedAt", AttributeValue::of(turn.accepted_at_ms));
  record.emplace("ttl", AttributeValue::of(expiry()));
  return {table_, std::move(record), {"attribute_not_exists(chatId)", {}, {}}};
}

chat::Admission DynamoChats::accept(const chat::TurnKey& turn, const chat::Question& question) {
  return admission_of(turn, transact({take_chat(turn, question.title, question.connection_id), record_of_turn(turn),
                                      question_of(turn, question)}));
}

/// Refused when it was kept before, which is as well.
void DynamoChats::keep(const chat::TurnKey& said, const chat::Question& question) {
  transact({record_of_turn(said), question_of(said, question)});
}

chat::Admission DynamoChats::restart(const chat::TurnKey& turn, std::string_view connection_id) {
  return admission_of(
      turn,
      transact({take_chat(turn, "", connection_id),
                aws::UpdateItem{table_,
                                key_of_turn(turn.chat_id, turn.message_id),
                                "SET #ttl = :ttl, restarted = :yes REMOVE outcome, endedBy",
                                {"attribute_exists(chatId) AND (attribute_not_exists(outcome) OR outcome = :gone)",
                                 {{"#ttl", "ttl"}},
                                 {{":ttl", AttributeValue::of(expiry())},
                                  {":yes", AttributeValue::of(true)},
                                  {":gone", AttributeValue::of("gone")}}},
                                false}}));
}

/// `refused`: of the chat, of the turn, and so on; empty when nothing was.
chat::Admission DynamoChats::admission_of(const chat::TurnKey& turn, const std::vector<Written>& refused) {
  using Verdict = chat::Admission::Verdict;
  if (refused.empty()) return {};
  const Written& meta = refused.at(0);
  if (!meta && meta.item.empty()) return {Verdict::kNoChat, {}};
  // DynamoDB need not name every condition that failed: a chat that is busy may be busy with this very turn.
  const auto record = refused.at(1) ? record_of(turn.chat_id, turn.message_id) : std::optional(refused.at(1).item);
  if (!record || record->empty()) return {Verdict::kBusy, {}};
  // A chat that was not refused has no living holder.
  return {Verdict::kKnown, known_turn(*record, generation_in(meta.item), stale_ms())};
}

std::optional<AttributeMap> DynamoChats::record_of(std::string_view chat_id, std::string_view message_id) {
  return guarded([&] { return db_.get(table_, key_of_turn(chat_id, message_id), true, context_); });
}

std::optional<chat::KnownTurn> DynamoChats::look_up(std::string_view chat_id, std::string_view message_id) {
  const auto meta = guarded([&] { return db_.get(table_, key_of_meta(chat_id), true, context_); });
  const auto record = record_of(chat_id, message_id);
  if (!meta || !record) return std::nullopt;
  return known_turn(*record, generation_in(*meta), stale_ms());
}

bool DynamoChats::move(const chat::TurnKey& turn, std::string_view connection_id) {
  return update_meta(turn.chat_id, "SET connectionId = :connection",
                     {"generation.messageId = :id AND generation.heartbeatAt >= :stale",
                      {},
                      {{":connection", AttributeValue::of(connection_id)},
                       {":id", AttributeValue::of(turn.message_id)},
                       {":stale", AttributeValue::of(stale_ms())}}})
      .done;
}

std::optional<std::string> DynamoChats::answer_of(const chat::TurnKey& turn) {
  const auto item = guarded([&] { return db_.get(table_, key_of_message(turn, true), true, context_); });
  return item ? wire::text_of(*item, "content") : std::nullopt;
}

chat::Claim DynamoChats::claim(const chat::TurnKey& turn) {
  const Written mine = update_meta(turn.chat_id, "SET generation.claimed = :claim, generation.heartbeatAt = :now",
                                   {kHeldByUs,
                                    {},
                                    {{":claim", AttributeValue::of(claim_)},
                                     {":now", AttributeValue::of(now_ms())},
                                     {":id", AttributeValue::of(turn.message_id)}}},
                                   true);
  return mine ? chat::Claim{chat::Claim::State::kMine, chat_in(mine.item)} : refused_claim(turn, mine.item);
}

/// An earlier attempt at this very invocation needs less silence than a stranger.
bool DynamoChats::has_died(const Generation& holder) const {
  const bool ours = holder.claim.starts_with(invocation_);
  return holder.heartbeat_at_ms < now_ms() - (ours ? chat::kRetriedRunExpiry : chat::kTurnExpiry).count();
}

chat::Claim DynamoChats::refused_claim(const chat::TurnKey& turn, const AttributeMap& meta) {
  using State = chat::Claim::State;
  if (meta.empty()) return {State::kNoChat, {}};
  const Generation holder = generation_in(meta);
  if (holder.message_id == turn.message_id) {
    return {has_died(holder) && take_over(turn, holder.heartbeat_at_ms) ? State::kAbandoned : State::kDuplicate,
            chat_in(meta)};
  }
  const auto record = record_of(turn.chat_id, turn.message_id);
  const bool ended = record && wire::text_of(*record, "outcome");
  return {ended ? State::kDuplicate : State::kSuperseded, chat_in(meta)};
}

bool DynamoChats::take_over(const chat::TurnKey& turn, std::int64_t last_heartbeat_ms) {
  return update_meta(turn.chat_id, "SET generation.claimed = :claim, generation.heartbeatAt = :now",
                     {"generation.messageId = :id AND "
                      "(generation.heartbeatAt = :last OR generation.claimed = :claim)",
                      {},
                      {{":now", AttributeValue::of(now_ms())},
                       {":claim", AttributeValue::of(claim_)},
                       {":id", AttributeValue::of(turn.message_id)},
                       {":last", AttributeValue::of(last_heartbeat_ms)}}})
      .done;
}

chat::Chats::Pulse DynamoChats::heartbeat(const chat::TurnKey& turn) {
  aws::CallContext brief = context_;
  const SteadyTime limit = clock_.steady_now() + kHeartbeatLimit;
  brief.deadline = brief.deadline ? std::min(*brief.deadline, limit) : limit;
  const Written meta = guarded([&] {
    return db_.update({table_,
                       key_of_meta(turn.chat_id),
                       "SET generation.heartbeatAt = :now",
                       {kHeldByUs,
                        {},
                        {{":now", AttributeValue::of(now_ms())},
                         {":claim", AttributeValue::of(claim_)},
                         {":id", AttributeValue::of(turn.message_id)}}},
                       true},
                      brief);
  });
  if (!meta) return {.cancel_requested = false, .lost = true, .connection_id = ""};
  return {.cancel_requested = wire::text_of(meta.item, "cancelRequested") == turn.message_id,
          .lost = false,
          .connection_id = wire::text_of(meta.item, "connectionId").value_or("")};
}

aws::UpdateItem DynamoChats::ending_of(const chat::TurnKey& turn, const chat::Ending& ending) const {
  aws::UpdateItem ended{table_,
                        key_of_turn(turn.chat_id, turn.message_id),
                        "SET outcome = :outcome, finishReason = :finish, endedBy = :claim, messageId = :id, "
                        "acceptedAt = :accepted, #ttl = :ttl",
                        {"",
                         {{"#ttl", "ttl"}},
                         {{":outcome", AttributeValue::of(ending.outcome)},
                          {":finish", AttributeValue::of(ending.finish_reason)},
                          {":claim", AttributeValue::of(claim_)},
                          {":id", AttributeValue::of(turn.message_id)},
                          {":accepted", AttributeValue::of(turn.accepted_at_ms)},
                          {":ttl", AttributeValue::of(expiry())}}},
                        false};
  const auto keep = [&](const char* name, const char* value, const std::optional<std::int64_t>& count) {
    if (!count) return;
    ended.update += fmt::format(", {} = {}", name, value);
    ended.expressions.values.emplace(value, AttributeValue::of(*count));
  };
  if (const auto& usage = ending.usage) {
    keep("promptTokens", ":prompt", usage->prompt_tokens);
    keep("completionTokens", ":completion", usage->completion_tokens);
    keep("cachedPromptTokens", ":cached", usage->cached_prompt_tokens);
    keep("reasoningTokens", ":reasoning", usage->reasoning_tokens);
  }
  return ended;
}

chat::Ended DynamoChats::end_turn(const chat::TurnKey& turn, const chat::TurnEnd& end) {
  using Verdict = chat::Ended::Verdict;
  aws::UpdateItem release{
      table_,
      key_of_meta(turn.chat_id),
      "SET updatedAt = :now REMOVE generation, cancelRequested",
      {std::string(kHeldByUs) + " AND (attribute_not_exists(connectionId) OR connectionId = :connection)",
       {},
       {{":now", AttributeValue::of(now_ms())},
        {":id", AttributeValue::of(turn.message_id)},
        {":claim", AttributeValue::of(claim_)},
        {":connection", AttributeValue::of(end.connection_id)}}},
      false};
  if (!end.sticky_cookie.empty()) {
    release.update = "SET updatedAt = :now, stickyCookie = :cookie REMOVE generation, cancelRequested";
    release.expressions.values.emplace(":cookie", AttributeValue::of(end.sticky_cookie));
  }
  Writes writes{std::move(release), ending_of(turn, end.ending)};
  if (end.answer) writes.push_back(message_of(turn, "assistant", *end.answer, end.partial));
  const std::vector<Written> refused = transact(writes);
  if (refused.empty()) return {};
  const AttributeMap& meta = refused.at(0).item;
  if (meta.empty()) return {Verdict::kNoChat, ""};
  const Generation holder = generation_in(meta);
  if (holder.message_id != turn.message_id) return end_without_chat(turn, end);
  const bool ours = holder.claim.empty() || holder.claim == claim_;
  return ours ? chat::Ended{Verdict::kMoved, chat_in(meta).connection_id} : chat::Ended{Verdict::kElsewhere, ""};
}

/// Another turn has the chat: this one is ended all the same, by the first who finds out.
chat::Ended DynamoChats::end_without_chat(const chat::TurnKey& turn, const chat::TurnEnd& end) {
  aws::UpdateItem ending = ending_of(turn, end.ending);
  ending.expressions.condition = "attribute_not_exists(outcome) OR endedBy = :claim";
  Writes writes{std::move(ending)};
  if (end.answer) writes.push_back(message_of(turn, "assistant", *end.answer, end.partial));
  const bool refused = !transact(writes).empty();
  return {refused ? chat::Ended::Verdict::kElsewhere : chat::Ended::Verdict::kEnded, ""};
}

std::optional<std::string> DynamoChats::request_cancel(std::string_view chat_id,
                                                       const std::optional<std::string>& message_id) {
  aws::Expressions running{"attribute_exists(generation)", {}, {}};
  if (message_id) {
    running.condition += " AND generation.messageId = :id";
    running.values.emplace(":id", AttributeValue::of(*message_id));
  }
  const Written meta = update_meta(chat_id, "SET cancelRequested = generation.messageId", std::move(running), true);
  return meta ? wire::text_of(meta.item, "cancelRequested") : std::nullopt;
}

std::optional<chat::Chats::Slice> DynamoChats::read_back(std::string_view chat_id, std::int64_t history_from_ms,
                                                         std::string_view before, int limit) {
  if (!before.empty() && !is_cursor(before, history_from_ms)) return std::nullopt;
  aws::Query query;
  query.table = table_;
  query.key_condition = "chatId = :chat AND itemKey BETWEEN :first AND :last";
  query.values = {{":chat", AttributeValue::of(chat_id)},
                  {":first", AttributeValue::of(first_message_key(history_from_ms))},
                  {":last", AttributeValue::of(kAfterLastMessage)}};
  query.forward = false;
  query.limit = limit;
  query.consistent = true;
  if (!before.empty()) {
    query.start_key = key_of_meta(chat_id);
    query.start_key.insert_or_assign("itemKey", AttributeValue::of(before));
  }
  const aws::Page page = guarded([&] { return db_.query(query, context_); });
  Slice slice;
  for (const AttributeMap& item : page.items) slice.messages.push_back(message_in(item));
  slice.next = wire::text_of(page.last_key, "itemKey").value_or("");
  return slice;
}

}  // namespace wsdeep::handlers
