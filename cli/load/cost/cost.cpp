#include "load/cost/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

// What is paid for, and how it is counted.
//
//   instances          count × the window
//   messages           each 32 KB begun of each frame, both ways; those that belong to no turn may lie in the window or
//                      not. What calls $connect and $disconnect is no message
//   connection minutes how long connections were open in the window, to the microsecond
//   calls              a function for each frame of ours, one for each accepted turn (generate); the authorizer,
//                      $connect and $disconnect for connections that opened and closed in the window
//   GB-seconds         generate: what the node took of it, to acknowledgement → end. The others: 1 ms, to twice what
//                      their clients waited for them
//   table units        see below
//
// Of an accepted turn (s: the KB begun by the items of its question and answer, h: its heartbeats, one in 500 ms):
//
//   call                                      writes of the table   of UserIdIndex, which has all attributes of `meta`
//   message   GetItem connection              (1 read)
//             transaction meta, turn, question    2 + 2 + 2s        2: updatedAt, its key, changes
//   generate  UpdateItem meta (claim)             1                 1
//             Query history                   (its 4 KB begun)
//             UpdateItem meta (heartbeat)         h                 h
//             transaction meta, turn, answer      2 + 2 + 2s        2
//
// A connection's item is written and removed, a chat's `meta` made: 2 each with their index. Items other than messages
// are taken for 1 KB.

namespace wsdeep::load {

namespace {

constexpr double kMillion = 1e6;
constexpr std::uint64_t kWritesOfTurn = 2 + 2 + 2 + 1 + 1 + 2 + 2 + 2;
constexpr std::uint64_t kInTransaction = 2;
constexpr std::uint64_t kWithIndex = 2;
constexpr std::uint64_t kHeartbeatUs = 500'000;
/// `new_conversation` makes a chat and changes a connection; others write less.
constexpr std::uint64_t kMostWritesOfFrame = 2 * kWithIndex;

CountRange scaled(const CountRange& range, std::uint64_t factor) {
  return {range.least * factor, range.most * factor};
}

/// A heartbeat comes when 500 ms have passed: each generation may be as much short of the next one.
CountRange heartbeats(const DoorUse& door) {
  const std::uint64_t least = door.generate_us.least / kHeartbeatUs;
  return {least - std::min(least, door.accepted), door.generate_us.most / kHeartbeatUs};
}

/// Frames that are no question: of turns, and perhaps those that belong to none.
CountRange other_frames(const DoorUse& door, const ConnectionUse& connections) {
  const std::uint64_t of_turns = door.messages_sent - std::min(door.messages_sent, door.questions);
  return {of_turns, of_turns + connections.messages};
}

/// All its digits, as price lists have them: `$0.0000166667`.
std::string usd_price(double usd) {
  std::string text = fmt::format("${:.10f}", usd);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

CostItem counted_item(std::string name, double quantity, double usd_per_unit, std::string price) {
  return {std::move(name), quantity, quantity, usd_per_unit, std::move(price)};
}

CostItem million_item(std::string name, const CountRange& units, double usd_per_million) {
  return {std::move(name), static_cast<double>(units.least), static_cast<double>(units.most),
          usd_per_million / kMillion, usd_price(usd_per_million) + " a million"};
}

void add_instances(const CostTerms& terms, const Slice& whole, CostFigures& cost) {
  if (terms.instances.empty()) cost.unknown.emplace_back("the nodes' instances: say --instances 3xg6e.xlarge");
  const double hours = static_cast<double>(whole.to - whole.from) / 3600e6;
  for (const InstanceCount& nodes : terms.instances) {
    const auto price = terms.prices.instance_hours.find(nodes.type);
    if (price == terms.prices.instance_hours.end())
      cost.unknown.push_back(fmt::format("the price of {0}: say --price-instance {0}=USD, for an hour", nodes.type));
    else
      cost.items.push_back(counted_item(fmt::format("{} × {}", nodes.count, nodes.type),
                                        static_cast<double>(nodes.count) * hours, price->second,
                                        usd_price(price->second) + " an hour"));
  }
}

CountRange function_calls(const DoorUse& door, const ConnectionUse& connections) {
  const std::uint64_t seen = door.messages_sent + door.accepted + 2 * connections.opened + connections.closed;
  return {seen, seen + connections.messages};
}

double gigabytes(std::int64_t megabytes) {
  return static_cast<double>(megabytes) / 1024;
}

/// The time of a function is rounded up to the next millisecond.
CostItem function_time(const DoorUse& door, const ConnectionUse& connections, const CostTerms& terms) {
  constexpr double kMillisecond = 1e-3;
  const CountRange calls = function_calls(door, connections);
  const auto accepted = static_cast<double>(door.accepted);
  const double route = accepted == 0 ? 0 : static_cast<double>(door.route_us) / kMillion / accepted;
  const double opening = static_cast<double>(connections.upgrade_us) / kMillion;
  const double least = static_cast<double>(calls.least - door.accepted) * kMillisecond;
  const double most = least + 2 * route * static_cast<double>(door.messages_sent + connections.messages) + 2 * opening;
  const double memory = gigabytes(terms.memory_mb);
  const double generate = gigabytes(terms.generate_memory_mb);
  const double price = terms.arm64 ? terms.prices.gb_second_arm64 : terms.prices.gb_second_x86_64;
  return {"function time", memory * least + generate * static_cast<double>(door.generate_us.least) / kMillion,
          memory * most + generate * (static_cast<double>(door.generate_us.most) / kMillion + accepted * kMillisecond),
          price, usd_price(price) + " a GB-s"};
}

void add_front_door(const CostTerms& terms, const Summary& summary, CostFigures& cost) {
  const DoorUse& door = summary.whole.door;
  const ConnectionUse& connections = summary.connection_use;
  const aws::UnitPrices& prices = terms.prices;
  const std::uint64_t messages = summary.whole.billed_messages;
  cost.items.push_back(
      million_item(std::string(kMessagesItem), {messages, messages + connections.messages}, prices.million_messages));
  cost.items.push_back(counted_item("connection minutes", static_cast<double>(connections.open_us) / 60e6,
                                    prices.million_connection_minutes / kMillion,
                                    usd_price(prices.million_connection_minutes) + " a million"));
  cost.items.push_back(million_item("function calls", function_calls(door, connections), prices.million_calls));
  cost.items.push_back(function_time(door, connections, terms));
  const TableUnits units = table_units(door, connections);
  cost.items.push_back(million_item("table writes", units.writes, prices.million_write_units));
  cost.items.push_back(million_item("table reads", units.reads, prices.million_read_units));
}

void add_tokens(const Slice& whole, CostFigures& cost) {
  if (whole.counts_mixed || whole.counted_by == TokenCount::kNone)
    return cost.unknown.push_back("how many tokens there were: nobody counted those of all turns alike");
  cost.good_tokens = whole.good_output_tokens;
  cost.all_tokens = whole.output_tokens + whole.wasted_tokens;
  if (cost.good_tokens == 0) cost.unknown.emplace_back("a price of good tokens: there were none");
}

[[noreturn]] void refuse_cost_words(const std::string& option, std::string_view expected, const std::string& words) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: expected {}, got '{}'", option, expected, words));
}

}  // namespace

InstanceCount parse_instances(const std::string& words, const std::string& option) {
  constexpr std::string_view kExpected = "a number and a type, such as 3xg6e.xlarge";
  constexpr std::int64_t kMostInstances = 100'000;
  const std::size_t mark = words.find('x');
  const auto count = mark == std::string::npos ? std::nullopt : parse_integer(words.substr(0, mark), 1, kMostInstances);
  InstanceCount nodes = count ? InstanceCount{*count, words.substr(mark + 1)} : InstanceCount{1, words};
  if (!aws::is_instance_type(nodes.type)) refuse_cost_words(option, kExpected, words);
  return nodes;
}

void parse_instance_price(const std::string& words, const std::string& option, aws::UnitPrices& prices) {
  constexpr std::string_view kExpected = "a type and its dollars an hour, such as g6e.xlarge=1.861";
  const std::size_t mark = words.find('=');
  const std::string type = words.substr(0, mark);
  const auto usd = mark == std::string::npos ? std::nullopt : aws::usd_per_hour(words.substr(mark + 1));
  if (!usd || !aws::is_instance_type(type)) refuse_cost_words(option, kExpected, words);
  prices.instance_hours[type] = *usd;
}

TableUnits table_units(const DoorUse& door, const ConnectionUse& connections) {
  const CountRange frames = other_frames(door, connections);
  TableUnits units;
  units.writes.add(scaled({door.accepted, door.accepted}, kWritesOfTurn));
  units.writes.add(scaled(door.stored_kb, kInTransaction));
  units.writes.add(scaled(heartbeats(door), kWithIndex));
  units.writes.most += frames.most * kMostWritesOfFrame;
  const std::uint64_t of_connections = kWithIndex * (2 * connections.opened + connections.closed);
  units.writes.add({of_connections, of_connections});
  units.reads.add({door.messages_sent, door.messages_sent + connections.messages});
  units.reads.add(door.read_4kb);
  return units;
}

CostFigures cost_of(const Result& result, const CostTerms& terms) {
  CostFigures cost;
  cost.region = terms.prices.region;
  cost.as_of = terms.prices.as_of;
  add_instances(terms, result.summary.whole, cost);
  if (result.kind == "chat") add_front_door(terms, result.summary, cost);
  add_tokens(result.summary.whole, cost);
  return cost;
}

}  // namespace wsdeep::load
