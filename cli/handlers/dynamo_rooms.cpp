// How the rooms lie in their table, and beside it.
//
//   room         connectionId     other attributes
//   room#ops     JC1dgf9yoAMCK-g= userId, name, ttl     one item a member: a room is one query
//   said#u-1     1732100000000    said, ttl             what a user has said since that time
//   telling#ops  turn             teller, until, asked, ttl   whose turn it is to tell who has arrived or departed
//
// A member's item with `arrived` is one of whose coming the others have not been told, one with `departed` one whose
// connection has ended, of which they have not been told.
//
// The item of the connection has the set `rooms`, so that one that ends is found in all of them. Both are written in
// one transaction, which a connection that has ended meanwhile refuses: nobody is left in a room.
#include "handlers/dynamo_rooms.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/error.h"
#include "handlers/throttling.h"

namespace wsdeep::handlers {
namespace {

using aws::AttributeMap;
using aws::AttributeValue;

/// Of a turn that nobody has ended, beyond its end.
constexpr std::chrono::seconds kTurnKept{60};
constexpr std::size_t kMostInTransaction = 100;

AttributeMap key_in_room(std::string_view room, std::string_view connection_id) {
  return {{"room", AttributeValue::of(fmt::format("room#{}", room))},
          {"connectionId", AttributeValue::of(connection_id)}};
}

AttributeMap key_of_turn(std::string_view room) {
  return {{"room", AttributeValue::of(fmt::format("telling#{}", room))}, {"connectionId", AttributeValue::of("turn")}};
}

AttributeMap key_of_connection(std::string_view connection_id) {
  return {{"connectionId", AttributeValue::of(connection_id)}};
}

AttributeValue set_of(std::string_view room) {
  return {AttributeValue::StringSet{{std::string(room)}}};
}

AttributeMap item_of_new(std::string_view room, const chat::Member& member) {
  AttributeMap item = key_in_room(room, member.connection_id);
  item.emplace("userId", AttributeValue::of(member.user_id));
  if (!member.name.empty()) item.emplace("name", AttributeValue::of(member.name));
  item.emplace("ttl", AttributeValue::of(member.ttl));
  item.emplace("arrived", AttributeValue::of(1));
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
    return db_.transact({enter, aws::PutItem{table_, item_of_new(room, member), {}}}, context_);
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
  leave_on_connection(room, connection_id);
  return was_in;
}

void DynamoRooms::leave_on_connection(std::string_view room, std::string_view connection_id) {
  guarded([&] {
    return db_.update({connections_,
                       key_of_connection(connection_id),
                       "DELETE rooms :room",
                       {"attribute_exists(connectionId)", {}, {{":room", set_of(room)}}},
                       false},
                      context_);
  });
}

bool DynamoRooms::depart(std::string_view room, std::string_view connection_id) {
  const bool was_in = guarded([&] {
                        return db_.update({table_,
                                           key_in_room(room, connection_id),
                                           "SET departed = :yes",
                                           {"attribute_exists(connectionId)", {}, {{":yes", AttributeValue::of(1)}}},
                                           false},
                                          context_);
                      }).done;
  leave_on_connection(room, connection_id);
  return was_in;
}

chat::Rooms::Census DynamoRooms::census(std::string_view room) {
  aws::Query query;
  query.table = table_;
  query.key_condition = "room = :room";
  query.values = {{":room", AttributeValue::of(fmt::format("room#{}", room))}};
  query.consistent = true;
  Census found;
  do {
    aws::Page page = guarded([&] { return db_.query(query, context_); });
    for (const AttributeMap& item : page.items) {
      (item.contains("departed") ? found.departed : found.members).push_back(member_in(item));
      if (item.contains("arrived")) found.arrived.push_back(member_in(item));
    }
    query.start_key = std::move(page.last_key);
  } while (!query.start_key.empty());
  return found;
}

std::vector<chat::Member> DynamoRooms::take_arrived(std::string_view room, const std::vector<chat::Member>& arrived) {
  std::vector<chat::Member> taken;
  for (std::size_t at = 0; at < arrived.size(); at += kMostInTransaction) {
    const auto first = arrived.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kMostInTransaction, arrived.size() - at));
    const std::vector<chat::Member> some = take_together(room, {first, first + count});
    taken.insert(taken.end(), some.begin(), some.end());
  }
  return taken;
}

/// A transaction even for one: it is known again when its answer was lost. Of one that is refused, those whose own
/// condition held are tried together again.
std::vector<chat::Member> DynamoRooms::take_together(std::string_view room, std::vector<chat::Member> some) {
  while (!some.empty()) {
    std::vector<aws::TransactWrite> writes;
    for (const chat::Member& member : some)
      writes.emplace_back(aws::UpdateItem{table_,
                                          key_in_room(room, member.connection_id),
                                          "REMOVE arrived",
                                          {"attribute_exists(arrived)", {}, {}},
                                          false});
    const auto refused = guarded([&] { return db_.transact(writes, context_); });
    if (refused.empty()) break;
    std::vector<chat::Member> still_there;
    for (std::size_t i = 0; i < std::min(some.size(), refused.size()); ++i)
      if (refused[i].done) still_there.push_back(std::move(some[i]));
    if (still_there.size() == writes.size())
      throw Error(ErrorKind::kFailure, fmt::format("a write to the room '{}' was refused without a reason", room));
    some = std::move(still_there);
  }
  return some;
}

/// Only one who has not come back meanwhile: then the others of his transaction go one by one.
void DynamoRooms::forget_departed(std::string_view room, const std::vector<chat::Member>& departed) {
  std::vector<aws::TransactWrite> removals;
  const auto remove = [&] {
    if (removals.empty() || guarded([&] { return db_.transact(removals, context_); }).empty()) return removals.clear();
    for (const auto& one : removals) {
      const auto& removal = std::get<aws::RemoveItem>(one);
      guarded([&] { return db_.remove(table_, removal.key, removal.expressions, context_); });
    }
    removals.clear();
  };
  for (const chat::Member& member : departed) {
    removals.emplace_back(
        aws::RemoveItem{table_, key_in_room(room, member.connection_id), {"attribute_exists(departed)", {}, {}}});
    if (removals.size() == kMostInTransaction) remove();
  }
  remove();
}

/// The same answer when it is asked again after a lost one: whose turn it is stands in the item, and one count too many
/// is one look more.
std::optional<std::int64_t> DynamoRooms::ask_to_tell(std::string_view room, std::string_view teller,
                                                     const Lease& lease) {
  const auto text = [](const AttributeMap& item) { return wire::text_of(item, "teller").value_or(""); };
  const auto asked = [](const AttributeMap& item) { return wire::integer_of(item, "asked").value_or(0); };
  const std::map<std::string, std::string> names{{"#until", "until"}, {"#ttl", "ttl"}};
  const AttributeMap values{{":me", AttributeValue::of(teller)},
                            {":until", AttributeValue::of(lease.until_ms)},
                            {":ttl", AttributeValue::of(lease.until_ms / 1000 + kTurnKept.count())}};
  AttributeMap first = values;
  first.emplace(":one", AttributeValue::of(1));
  const auto written = guarded([&] {
    return db_.update({table_,
                       key_of_turn(room),
                       "SET teller = if_not_exists(teller, :me), #until = if_not_exists(#until, :until), #ttl = :ttl "
                       "ADD asked :one",
                       {"", names, first},
                       true},
                      context_);
  });
  const std::int64_t until = wire::integer_of(written.item, "until").value_or(0);
  if (text(written.item) == teller) return asked(written.item);
  if (until >= lease.now_ms) return std::nullopt;
  AttributeMap second = values;
  second.emplace(":old", AttributeValue::of(until));
  const auto taken = guarded([&] {
    return db_.update({table_,
                       key_of_turn(room),
                       "SET teller = :me, #until = :until, #ttl = :ttl",
                       {"#until = :old", names, second},
                       true},
                      context_);
  });
  // After a lost answer it is our own write that refuses this one; what it says of the item is what is there.
  return taken || text(taken.item) == teller ? std::optional(asked(taken.item)) : std::nullopt;
}

std::optional<std::int64_t> DynamoRooms::end_telling(std::string_view room, std::string_view teller,
                                                     std::int64_t asked) {
  const bool is_over = guarded([&] {
    return db_.remove(table_, key_of_turn(room),
                      {"teller = :me AND asked <= :asked",
                       {},
                       {{":me", AttributeValue::of(teller)}, {":asked", AttributeValue::of(asked)}}},
                      context_);
  });
  if (is_over) return std::nullopt;
  const auto turn = guarded([&] { return db_.get(table_, key_of_turn(room), true, context_); });
  if (!turn || wire::text_of(*turn, "teller") != std::string(teller)) return std::nullopt;
  return wire::integer_of(*turn, "asked");
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
