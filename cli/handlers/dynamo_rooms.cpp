// How the rooms lie in their table, and beside it.
//
//   room         connectionId     other attributes
//   room#ops     JC1dgf9yoAMCK-g= userId, name, ttl     one item a member: a room is one query
//   said#u-1     1732100000000    said, ttl             what a user has said since that time
//
// The item of the connection has the set `rooms`, so that one that ends is found in all of them. Both are written in
// one transaction, which a connection that has ended meanwhile refuses: nobody is left in a room.
#include "handlers/dynamo_rooms.h"

#include <fmt/format.h>

#include <algorithm>

#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;

AttributeMap key_in_room(std::string_view room, std::string_view connection_id) {
  return {{"room", AttributeValue::of(fmt::format("room#{}", room))},
          {"connectionId", AttributeValue::of(connection_id)}};
}

AttributeMap key_of_connection(std::string_view connection_id) {
  return {{"connectionId", AttributeValue::of(connection_id)}};
}

AttributeValue set_of(std::string_view room) {
  return {AttributeValue::StringSet{{std::string(room)}}};
}

AttributeMap item_of(std::string_view room, const chat::Member& member) {
  AttributeMap item = key_in_room(room, member.connection_id);
  item.emplace("userId", AttributeValue::of(member.user_id));
  if (!member.name.empty()) item.emplace("name", AttributeValue::of(member.name));
  item.emplace("ttl", AttributeValue::of(member.ttl));
  return item;
}

chat::Member member_in(const AttributeMap& item) {
  const auto text = [&](std::string_view name) { return wire::text_of(item, name).value_or(""); };
  return {text("connectionId"), text("userId"), text("name"), wire::integer_of(item, "ttl").value_or(0)};
}

bool is_in(const AttributeMap& connection, std::string_view room) {
  const auto rooms = connection.find("rooms");
  if (rooms == connection.end()) return false;
  const auto* names = std::get_if<AttributeValue::StringSet>(&rooms->second.data);
  return names != nullptr && std::find(names->value.begin(), names->value.end(), room) != names->value.end();
}

}  // namespace

chat::Rooms::Joined DynamoRooms::join(std::string_view room, const chat::Member& member) {
  const aws::UpdateItem enter{connections_,
                              key_of_connection(member.connection_id),
                              "ADD rooms :room",
                              {"attribute_exists(connectionId) AND (attribute_not_exists(rooms) OR "
                               "(size(rooms) < :most AND NOT contains(rooms, :name)))",
                               {},
                               {{":room", set_of(room)},
                                {":name", AttributeValue::of(room)},
                                {":most", AttributeValue::of(static_cast<std::int64_t>(chat::kMostRooms))}}},
                              false};
  const auto refused = guarded([&] {
    return db_.transact({enter, aws::PutItem{table_, item_of(room, member), {}}}, context_);
  });
  if (refused.empty()) return Joined::kNew;
  const AttributeMap& connection = refused.front().item;
  if (connection.empty()) return Joined::kNoConnection;
  return is_in(connection, room) ? Joined::kThere : Joined::kTooMany;
}

/// The member first: who is told of a leaving sees that it is done, and what was done half is done again.
bool DynamoRooms::leave(std::string_view room, std::string_view connection_id) {
  const bool was_in = guarded([&] {
    return db_.remove(table_, key_in_room(room, connection_id), {"attribute_exists(connectionId)", {}, {}}, context_);
  });
  guarded([&] {
    return db_.update({connections_,
                       key_of_connection(connection_id),
                       "DELETE rooms :room",
                       {"attribute_exists(connectionId)", {}, {{":room", set_of(room)}}},
                       false},
                      context_);
  });
  return was_in;
}

std::vector<chat::Member> DynamoRooms::members(std::string_view room) {
  aws::Query query;
  query.table = table_;
  query.key_condition = "room = :room";
  query.values = {{":room", AttributeValue::of(fmt::format("room#{}", room))}};
  query.consistent = true;
  std::vector<chat::Member> found;
  do {
    aws::Page page = guarded([&] { return db_.query(query, context_); });
    for (const AttributeMap& item : page.items) found.push_back(member_in(item));
    query.start_key = std::move(page.last_key);
  } while (!query.start_key.empty());
  return found;
}

bool DynamoRooms::take_message(std::string_view user_id, std::int64_t window_ms, int most, std::int64_t ttl) {
  return guarded([&] {
    return db_
        .update({table_,
                 {{"room", AttributeValue::of(fmt::format("said#{}", user_id))},
                  {"connectionId", AttributeValue::of(std::to_string(window_ms))}},
                 "ADD said :one SET #ttl = :ttl",
                 {"attribute_not_exists(said) OR said < :most",
                  {{"#ttl", "ttl"}},
                  {{":one", AttributeValue::of(1)},
                   {":most", AttributeValue::of(most)},
                   {":ttl", AttributeValue::of(ttl)}}},
                 false},
                context_)
        .done;
  });
}

}  // namespace wsdeep::handlers
