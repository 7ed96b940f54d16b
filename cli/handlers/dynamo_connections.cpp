#include "handlers/dynamo_connections.h"

#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;

AttributeMap key_of(std::string_view connection_id) {
  return {{"connectionId", AttributeValue::of(connection_id)}};
}

AttributeMap to_item(const chat::Connection& c) {
  AttributeMap item = {{"connectionId", AttributeValue::of(c.connection_id)},
                       {"userId", AttributeValue::of(c.user_id)},
                       {"domainName", AttributeValue::of(c.domain_name)},
                       {"stage", AttributeValue::of(c.stage)},
                       {"chatId", AttributeValue::of(c.chat_id)},
                       {"connectedAt", AttributeValue::of(c.connected_at_ms)},
                       {"ttl", AttributeValue::of(c.ttl)}};
  if (!c.user_email.empty()) item.emplace("userEmail", AttributeValue::of(c.user_email));
  if (!c.origin.empty()) item.emplace("origin", AttributeValue::of(c.origin));
  if (!c.user_name.empty()) item.emplace("userName", AttributeValue::of(c.user_name));
  return item;
}

chat::Connection from_item(const AttributeMap& item) {
  const auto text = [&](std::string_view name) { return wire::text_of(item, name).value_or(""); };
  chat::Connection c;
  c.connection_id = text("connectionId");
  c.user_id = text("userId");
  c.user_email = text("userEmail");
  c.domain_name = text("domainName");
  c.stage = text("stage");
  c.origin = text("origin");
  c.chat_id = text("chatId");
  c.connected_at_ms = wire::integer_of(item, "connectedAt").value_or(0);
  c.ttl = wire::integer_of(item, "ttl").value_or(0);
  c.user_name = text("userName");
  // Written by the rooms.
  const auto rooms = item.find("rooms");
  if (rooms == item.end()) return c;
  if (const auto* names = std::get_if<AttributeValue::StringSet>(&rooms->second.data)) c.rooms = names->value;
  return c;
}

/// Every item of all pages; `fetch` gets the key to start after.
template <typename Fetch>
std::vector<chat::Connection> collect(Fetch fetch) {
  std::vector<chat::Connection> found;
  AttributeMap start;
  do {
    aws::Page page = guarded([&] { return fetch(start); });
    for (const AttributeMap& item : page.items) found.push_back(from_item(item));
    start = std::move(page.last_key);
  } while (!start.empty());
  return found;
}

}  // namespace

/// One that is there is ours: a write whose first copy comes late must not undo what happened since.
void DynamoConnections::put(const chat::Connection& connection) {
  guarded([&] {
    return db_.put({table_, to_item(connection), {"attribute_not_exists(connectionId)", {}, {}}}, context_);
  });
}

std::optional<chat::Connection> DynamoConnections::find(std::string_view connection_id) {
  const auto item = guarded([&] { return db_.get(table_, key_of(connection_id), true, context_); });
  return item ? std::optional(from_item(*item)) : std::nullopt;
}

void DynamoConnections::set_chat(std::string_view connection_id, std::string_view chat_id) {
  // Conditional, so that a connection that has ended meanwhile does not come back as half an item.
  guarded([&] {
    return db_.update({table_,
                       key_of(connection_id),
                       "SET chatId = :chat",
                       {"attribute_exists(connectionId)", {}, {{":chat", AttributeValue::of(chat_id)}}},
                       false},
                      context_);
  });
}

void DynamoConnections::remove(std::string_view connection_id) {
  guarded([&] { return db_.remove(table_, key_of(connection_id), {}, context_); });
}

std::vector<chat::Connection> DynamoConnections::of_user(std::string_view user_id) {
  aws::Query query;
  query.table = table_;
  query.index = "UserIdIndex";
  query.key_condition = "userId = :user";
  query.values = {{":user", AttributeValue::of(user_id)}};
  return collect([&](const AttributeMap& start) {
    query.start_key = start;
    return db_.query(query, context_);
  });
}
}  // namespace wsdeep::handlers
