#include "handlers/dynamo_backend_connections.h"

#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;

AttributeMap keys_of(const wire::BackendClient& client) {
  return {{"connectionId", AttributeValue::of(client.connection_id)},
          {"sessionId", AttributeValue::of(client.session_id)}};
}

chat::BackendConnection backend_connection_in(const AttributeMap& item) {
  const auto text = [&](std::string_view name) { return wire::text_of(item, name).value_or(""); };
  return {{text("connectionId"), text("sessionId"), text("userId")},
          wire::integer_of(item, "createdAt").value_or(0),
          wire::integer_of(item, "expiresAt").value_or(0)};
}

}  // namespace

void DynamoBackendConnections::put(const chat::BackendConnection& connection) {
  AttributeMap item = keys_of(connection.client);
  item.emplace("userId", AttributeValue::of(connection.client.user_id));
  item.emplace("createdAt", AttributeValue::of(connection.created_at_ms));
  item.emplace("expiresAt", AttributeValue::of(connection.expires_at));
  guarded([&] { return db_.put({table_, item, {}}, context_); });
}

std::optional<chat::BackendConnection> DynamoBackendConnections::find(std::string_view connection_id) {
  aws::Query query;
  query.table = table_;
  query.key_condition = "connectionId = :connection";
  query.values = {{":connection", AttributeValue::of(connection_id)}};
  query.limit = 1;
  query.consistent = true;
  const aws::Page page = guarded([&] { return db_.query(query, context_); });
  return page.items.empty() ? std::nullopt : std::optional(backend_connection_in(page.items.front()));
}

void DynamoBackendConnections::remove(const wire::BackendClient& client) {
  guarded([&] { return db_.remove(table_, keys_of(client), {}, context_); });
}

}  // namespace wsdeep::handlers
