// How a chat lies in the table, and how one generation at a time holds it.
//
//   chatId  itemKey                                   other attributes
//   c-1     meta                                      userId, title, …, generation {messageId, startedAt, heartbeatAt,
//                                                     claimed}, cancelRequested, stickyCookie, historyFrom, ttl
//   c-1     msg#1732100000123#m-7#0                   role user,      content, timestamp, messageId
//   c-1     msg#1732100000123#m-7#1                   role assistant, content, timestamp, messageId
//
// Both messages of a turn carry the time at which the turn was accepted, so they stand side by side however long the
// answer took. `generation` is the lock: `message` sets it (begin_turn), `generate` marks it claimed once (claim),
// keeps its heartbeat young while it streams, and removes it (end_turn). A heartbeat older than kHolderExpiry means
// that the holder died: the next message, or Lambda's retry of the same event, takes it over. Every step is one
// conditional update of `meta`, so two callers can never both hold it, and each condition also admits the state that
// the same update leaves behind: an update whose answer was lost can be sent again.
#include "handlers/dynamo_chats.h"

#include <fmt/format.h>

#include "base/error.h"
#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;

// Longer than Lambda may let an asynchronous event wait on a busy day, shorter than a person's patience.
constexpr std::chrono::milliseconds kHolderExpiry{30'000};
constexpr std::string_view kMessagePrefix = "msg#";
constexpr std::string_view kAfterLastMessage = "msg#~";

AttributeMap key_of(std::string_view chat_id, std::string_view item_key) {
  return {{"chatId", AttributeValue::of(chat_id)}, {"itemKey", AttributeValue::of(item_key)}};
}

std::string message_key(const chat::TurnKey& turn, bool answer) {
  return fmt::format("msg#{:013}#{}#{}", turn.accepted_at_ms, turn.message_id, answer ? 1 : 0);
}

chat::Chat from_meta(const AttributeMap& item) {
  chat::Chat chat;
  chat.chat_id = wire::text_of(item, "chatId").value_or("");
  chat.user_id = wire::text_of(item, "userId").value_or("");
  chat.title = wire::text_of(item, "title").value_or("");
  chat.sticky_cookie = wire::text_of(item, "stickyCookie").value_or("");
  chat.history_from_ms = wire::integer_of(item, "historyFrom").value_or(0);
  return chat;
}

wire::StoredMessage from_message(const AttributeMap& item) {
  return {wire::text_of(item, "role").value_or(""), wire::text_of(item, "content").value_or(""),
          wire::text_of(item, "messageId").value_or(""), wire::integer_of(item, "timestamp").value_or(0)};
}

}  // namespace

std::optional<AttributeMap> DynamoChats::update_meta(std::string_view chat_id, std::string update,
                                                     aws::Expressions expressions, bool return_new) {
  return guarded([&] {
    return db_.update({table_, key_of(chat_id, "meta"), std::move(update), std::move(expressions), return_new},
                      context_);
  });
}

chat::Chat DynamoChats::open(std::string_view chat_id, std::string_view user_id) {
  if (auto existing = find(chat_id)) return *existing;
  AttributeMap item = key_of(chat_id, "meta");
  item.emplace("userId", AttributeValue::of(user_id));
  item.emplace("createdAt", AttributeValue::of(now_ms()));
  item.emplace("updatedAt", AttributeValue::of(now_ms()));
  item.emplace("ttl", AttributeValue::of(expiry()));
  const bool made = guarded([&] {
    return db_.put({table_, item, {"attribute_not_exists(chatId)", {}, {}}}, context_);
  });
  if (made) return from_meta(item);
  if (auto existing = find(chat_id)) return *existing;
  throw Error(ErrorKind::kFailure, "the chat was removed while it was opened");
}

std::optional<chat::Chat> DynamoChats::find(std::string_view chat_id) {
  const auto item = guarded([&] { return db_.get(table_, key_of(chat_id, "meta"), true, context_); });
  return item ? std::optional(from_meta(*item)) : std::nullopt;
}

void DynamoChats::clear(std::string_view chat_id, std::int64_t from_ms) {
  update_meta(chat_id, "SET historyFrom = :from, updatedAt = :now",
              {"attribute_exists(chatId)",
               {},
               {{":from", AttributeValue::of(from_ms)}, {":now", AttributeValue::of(now_ms())}}});
}

bool DynamoChats::begin_turn(const chat::TurnKey& turn, std::string_view title) {
  const std::int64_t now = now_ms();
  AttributeMap generation = {{"messageId", AttributeValue::of(turn.message_id)},
                             {"startedAt", AttributeValue::of(now)},
                             {"heartbeatAt", AttributeValue::of(now)}};
  return update_meta(
             turn.chat_id,
             "SET generation = :generation, updatedAt = :now, #ttl = :ttl, title = if_not_exists(title, :title)"
             " REMOVE cancelRequested",
             {"attribute_exists(chatId) AND "
              "(attribute_not_exists(generation) OR generation.heartbeatAt < :stale OR generation.messageId = :id)",
              {{"#ttl", "ttl"}},
              {{":generation", AttributeValue::of(std::move(generation))},
               {":id", AttributeValue::of(turn.message_id)},
               {":now", AttributeValue::of(now)},
               {":ttl", AttributeValue::of(expiry())},
               {":title", AttributeValue::of(title)},
               {":stale", AttributeValue::of(now - kHolderExpiry.count())}}})
      .has_value();
}

void DynamoChats::append(const chat::TurnKey& turn, const ChatMessage& message) {
  AttributeMap item = key_of(turn.chat_id, message_key(turn, message.role == "assistant"));
  item.emplace("role", AttributeValue::of(message.role));
  item.emplace("content", AttributeValue::of(message.content));
  item.emplace("timestamp", AttributeValue::of(now_ms()));
  item.emplace("messageId", AttributeValue::of(turn.message_id));
  item.emplace("ttl", AttributeValue::of(expiry()));
  guarded([&] { return db_.put({table_, std::move(item), {}}, context_); });
}

chat::Claim DynamoChats::claim(const chat::TurnKey& turn) {
  const auto mine = update_meta(turn.chat_id, "SET generation.claimed = :claim, generation.heartbeatAt = :now",
                                {"generation.messageId = :id AND "
                                 "(attribute_not_exists(generation.claimed) OR generation.claimed = :claim)",
                                 {},
                                 {{":claim", AttributeValue::of(claim_)},
                                  {":now", AttributeValue::of(now_ms())},
                                  {":id", AttributeValue::of(turn.message_id)}}});
  if (mine) return chat::Claim::kMine;
  const auto meta = guarded([&] { return db_.get(table_, key_of(turn.chat_id, "meta"), true, context_); });
  const auto found = meta ? meta->find("generation") : AttributeMap::const_iterator{};
  if (!meta || found == meta->end() || found->second.map() == nullptr) return chat::Claim::kDuplicate;
  const AttributeMap& generation = *found->second.map();
  const std::int64_t heartbeat = wire::integer_of(generation, "heartbeatAt").value_or(0);
  const bool alive = heartbeat >= now_ms() - kHolderExpiry.count();
  if (alive || wire::text_of(generation, "messageId") != turn.message_id) return chat::Claim::kDuplicate;
  return take_over(turn, heartbeat) ? chat::Claim::kAbandoned : chat::Claim::kDuplicate;
}

bool DynamoChats::take_over(const chat::TurnKey& turn, std::int64_t last_heartbeat_ms) {
  return update_meta(turn.chat_id, "SET generation.heartbeatAt = :now",
                     {"generation.messageId = :id AND generation.heartbeatAt = :last",
                      {},
                      {{":now", AttributeValue::of(now_ms())},
                       {":id", AttributeValue::of(turn.message_id)},
                       {":last", AttributeValue::of(last_heartbeat_ms)}}})
      .has_value();
}

chat::Chats::Pulse DynamoChats::heartbeat(const chat::TurnKey& turn) {
  const auto meta =
      update_meta(turn.chat_id, "SET generation.heartbeatAt = :now",
                  {"generation.messageId = :id",
                   {},
                   {{":now", AttributeValue::of(now_ms())}, {":id", AttributeValue::of(turn.message_id)}}},
                  true);
  if (!meta) return {.cancel_requested = false, .lost = true};
  return {.cancel_requested = wire::text_of(*meta, "cancelRequested") == turn.message_id, .lost = false};
}

void DynamoChats::end_turn(const chat::TurnKey& turn, std::string_view sticky_cookie) {
  aws::Expressions mine{"generation.messageId = :id", {}, {{":id", AttributeValue::of(turn.message_id)}}};
  std::string update = "REMOVE generation, cancelRequested";
  if (!sticky_cookie.empty()) {
    update += " SET stickyCookie = :cookie";
    mine.values.emplace(":cookie", AttributeValue::of(sticky_cookie));
  }
  update_meta(turn.chat_id, std::move(update), std::move(mine));
}

std::optional<std::string> DynamoChats::request_cancel(std::string_view chat_id,
                                                       const std::optional<std::string>& message_id) {
  aws::Expressions running{"attribute_exists(generation)", {}, {}};
  if (message_id) {
    running.condition += " AND generation.messageId = :id";
    running.values.emplace(":id", AttributeValue::of(*message_id));
  }
  const auto meta = update_meta(chat_id, "SET cancelRequested = generation.messageId", std::move(running), true);
  return meta ? wire::text_of(*meta, "cancelRequested") : std::nullopt;
}

chat::Chats::Slice DynamoChats::read_back(std::string_view chat_id, std::int64_t history_from_ms,
                                          std::string_view before, int limit) {
  aws::Query query;
  query.table = table_;
  query.key_condition = "chatId = :chat AND itemKey BETWEEN :first AND :last";
  query.values = {{":chat", AttributeValue::of(chat_id)},
                  {":first", AttributeValue::of(fmt::format("msg#{:013}", history_from_ms))},
                  {":last", AttributeValue::of(kAfterLastMessage)}};
  query.forward = false;
  query.limit = limit;
  query.consistent = true;
  if (!before.empty()) {
    if (!before.starts_with(kMessagePrefix)) return {};
    query.start_key = key_of(chat_id, before);
  }
  const aws::Page page = guarded([&] { return db_.query(query, context_); });
  Slice slice;
  for (const AttributeMap& item : page.items) slice.messages.push_back(from_message(item));
  slice.next = wire::text_of(page.last_key, "itemKey").value_or("");
  return slice;
}

}  // namespace wsdeep::handlers
