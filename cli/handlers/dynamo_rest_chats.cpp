// How a chat of REST chat lies in its table: one item, with the keys and names that its clients see.
//
//   id   user_id  other attributes
//   c-1  u-1      title, created_at, updated_at, messages [{role, content, partial?}], and ours: turn {id, until},
//                 last_turn, version, sticky_cookie
//
// Items of before, which have none of ours, are read and carried on as they are. `turn` is the lock: a turn sets it
// together with its question, says that it is alive by `until`, and removes it together with its answer. `version`
// counts the turns, so that one only goes on with the chat that it has seen. A call whose answer was lost and that is
// sent again finds its own turn there, or in `last_turn`, and knows that it is done.
#include "handlers/dynamo_rest_chats.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;
using aws::Written;

AttributeMap rest_key(std::string_view id, std::string_view user_id) {
  return {{"id", AttributeValue::of(id)}, {"user_id", AttributeValue::of(user_id)}};
}

AttributeValue list_of(const std::vector<chat::RestMessage>& messages) {
  wire::AttributeList list;
  for (const chat::RestMessage& message : messages) {
    AttributeMap item = {{"role", AttributeValue::of(message.role)}, {"content", AttributeValue::of(message.content)}};
    if (message.partial) item.emplace("partial", AttributeValue::of(true));
    list.push_back(AttributeValue::of(std::move(item)));
  }
  return {AttributeValue::List{std::move(list)}};
}

AttributeValue turn_of(const chat::RestChat& chat) {
  return AttributeValue::of(
      AttributeMap{{"id", AttributeValue::of(chat.turn_id)}, {"until", AttributeValue::of(chat.turn_until_ms)}});
}

std::string text_at(const AttributeMap& item, std::string_view name) {
  return wire::text_of(item, name).value_or("");
}

std::vector<chat::RestMessage> messages_in(const AttributeMap& item) {
  std::vector<chat::RestMessage> messages;
  const auto found = item.find("messages");
  if (found == item.end()) return messages;
  const auto* list = std::get_if<AttributeValue::List>(&found->second.data);
  if (list == nullptr) return messages;
  for (const AttributeValue& value : list->value)
    if (const AttributeMap* message = value.map())
      messages.push_back({text_at(*message, "role"), text_at(*message, "content"), message->contains("partial")});
  return messages;
}

chat::RestChat rest_chat_in(const AttributeMap& item) {
  chat::RestChat chat;
  chat.id = text_at(item, "id");
  chat.user_id = text_at(item, "user_id");
  chat.title = text_at(item, "title");
  chat.created_at = text_at(item, "created_at");
  chat.updated_at = text_at(item, "updated_at");
  chat.messages = messages_in(item);
  chat.sticky_cookie = text_at(item, "sticky_cookie");
  chat.version = wire::integer_of(item, "version").value_or(0);
  const auto turn = item.find("turn");
  if (turn == item.end() || turn->second.map() == nullptr) return chat;
  chat.turn_id = text_at(*turn->second.map(), "id");
  chat.turn_until_ms = wire::integer_of(*turn->second.map(), "until").value_or(0);
  return chat;
}

/// `updated_at` and `id` of the last chat of a page.
std::string cursor_after(const AttributeMap& last_key) {
  return base64url(text_at(last_key, "updated_at") + "|" + text_at(last_key, "id"));
}

AttributeMap start_at(std::string_view cursor, std::string_view user_id) {
  const std::string text = from_base64url(cursor).value_or("");
  const std::size_t bar = text.find('|');
  if (bar == std::string::npos || bar == 0 || bar + 1 == text.size()) return {};
  AttributeMap key = rest_key(text.substr(bar + 1), user_id);
  key.emplace("updated_at", AttributeValue::of(text.substr(0, bar)));
  return key;
}

}  // namespace

Written DynamoRestChats::update(const chat::RestChat& chat, std::string update, aws::Expressions expressions) {
  return guarded([&] {
    return db_.update({table_, rest_key(chat.id, chat.user_id), std::move(update), std::move(expressions), false},
                      context_);
  });
}

std::optional<chat::RestChat> DynamoRestChats::find(std::string_view id, std::string_view user_id) {
  const auto item = guarded([&] { return db_.get(table_, rest_key(id, user_id), true, context_); });
  return item ? std::optional(rest_chat_in(*item)) : std::nullopt;
}

bool DynamoRestChats::create(const chat::RestChat& chat) {
  return update(chat,
                "SET title = :title, created_at = :created, updated_at = :updated, messages = :messages, "
                "turn = :turn, version = :version",
                {"attribute_not_exists(id) OR turn.id = :id",
                 {},
                 {{":title", AttributeValue::of(chat.title)},
                  {":created", AttributeValue::of(chat.created_at)},
                  {":updated", AttributeValue::of(chat.updated_at)},
                  {":messages", list_of(chat.messages)},
                  {":turn", turn_of(chat)},
                  {":id", AttributeValue::of(chat.turn_id)},
                  {":version", AttributeValue::of(chat.version)}}})
      .done;
}

chat::RestChats::Taken DynamoRestChats::take(const chat::RestChat& seen, const chat::RestChat& with_turn) {
  const std::int64_t now_ms = epoch_ms(clock_.now());
  aws::Expressions expressions{"attribute_exists(id) AND (attribute_not_exists(turn) OR turn.#until < :now) AND ",
                               {{"#until", "until"}},
                               {{":question", list_of({with_turn.messages.back()})},
                                {":none", list_of({})},
                                {":updated", AttributeValue::of(with_turn.updated_at)},
                                {":turn", turn_of(with_turn)},
                                {":now", AttributeValue::of(now_ms)},
                                {":next", AttributeValue::of(with_turn.version)}}};
  if (seen.version == 0) {
    expressions.condition += "attribute_not_exists(version)";
  } else {
    expressions.condition += "version = :seen";
    expressions.values.emplace(":seen", AttributeValue::of(seen.version));
  }
  const Written taken = update(with_turn,
                               "SET messages = list_append(if_not_exists(messages, :none), :question), "
                               "updated_at = :updated, turn = :turn, version = :next",
                               std::move(expressions));
  if (taken) return Taken::kTaken;
  if (taken.item.empty()) return Taken::kNoChat;
  const chat::RestChat there = rest_chat_in(taken.item);
  if (there.turn_id == with_turn.turn_id) return Taken::kTaken;
  return !there.turn_id.empty() && there.turn_until_ms >= now_ms ? Taken::kBusy : Taken::kChanged;
}

bool DynamoRestChats::renew(const chat::RestChat& chat, std::int64_t until_ms) {
  return update(chat, "SET turn.#until = :until",
                {"turn.id = :id",
                 {{"#until", "until"}},
                 {{":until", AttributeValue::of(until_ms)}, {":id", AttributeValue::of(chat.turn_id)}}})
      .done;
}

bool DynamoRestChats::finish(const chat::RestChat& chat, const chat::RestEnd& end) {
  std::string change = "SET updated_at = :updated, last_turn = :id";
  aws::Expressions expressions{
      "turn.id = :id",
      {},
      {{":updated", AttributeValue::of(end.updated_at)}, {":id", AttributeValue::of(chat.turn_id)}}};
  if (end.answer) {
    change += ", messages = list_append(messages, :answer)";
    expressions.values.emplace(":answer", list_of({*end.answer}));
  }
  if (!end.sticky_cookie.empty()) {
    change += ", sticky_cookie = :cookie";
    expressions.values.emplace(":cookie", AttributeValue::of(end.sticky_cookie));
  }
  const Written written = update(chat, change + " REMOVE turn", std::move(expressions));
  return written.done || wire::text_of(written.item, "last_turn") == chat.turn_id;
}

std::optional<chat::RestChats::Page> DynamoRestChats::list(std::string_view user_id, int limit,
                                                           std::string_view before) {
  aws::Query query;
  query.table = table_;
  query.index = kRestUserIndex;
  query.key_condition = "user_id = :user";
  query.projection = "id, user_id, title, created_at, updated_at";
  query.values = {{":user", AttributeValue::of(user_id)}};
  query.forward = false;
  query.limit = limit;
  if (!before.empty()) {
    query.start_key = start_at(before, user_id);
    if (query.start_key.empty()) return std::nullopt;
  }
  const aws::Page found = guarded([&] { return db_.query(query, context_); });
  Page page;
  for (const AttributeMap& item : found.items) page.chats.push_back(rest_chat_in(item));
  if (!found.last_key.empty()) page.next = cursor_after(found.last_key);
  return page;
}

/// Looked for first, and deleted without a condition: a deletion that is sent again, when its answer was lost, finds
/// nothing any more, and was done all the same.
bool DynamoRestChats::remove(std::string_view id, std::string_view user_id) {
  const aws::AttributeMap key = rest_key(id, user_id);
  return guarded([&] { return db_.get(table_, key, true, context_) && db_.remove(table_, key, {}, context_); });
}

}  // namespace wsdeep::handlers
