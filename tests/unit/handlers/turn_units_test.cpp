// What a load test says that a turn costs at the tables, held to the calls that the handlers make.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "load/cost/cost.h"
#include "support/chat_fakes.h"
#include "support/handlers_fixture.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

using testing::json;

/// As DynamoDB counts an item: the names of its attributes and their values.
std::uint64_t size_of_item(const json& item) {
  std::uint64_t size = 0;
  for (const auto& [name, value] : item.items()) size += name.size() + value.begin()->dump().size();
  return size;
}

bool is_of_index(const json& write) {
  return write.contains("Key") &&
         (write["Key"].contains("connectionId") || write["Key"].at("itemKey").at("S") == "meta");
}

/// The writes of UserIdIndex, which has all attributes: two where the key of an entry changes.
std::uint64_t index_writes(const json& write) {
  if (write.contains("Item")) return write["Item"].contains("userId") ? 1 : 0;
  if (!is_of_index(write)) return 0;
  const std::string update = write.value("UpdateExpression", "");
  return update.find("updatedAt =") != std::string::npos && update.find("if_not_exists(updatedAt") == std::string::npos
             ? 2
             : 1;
}

std::uint64_t table_writes(const json& write) {
  return write.contains("Item") ? (size_of_item(write["Item"]) + 1023) / 1024 : 1;
}

std::uint64_t writes_of(const std::string& name, const json& call) {
  if (name == "GetItem" || name == "Query") return 0;
  if (name != "TransactWriteItems") return table_writes(call) + index_writes(call);
  std::uint64_t units = 0;
  for (const json& action : call.at("TransactItems"))
    for (const json& write : action) units += 2 * table_writes(write) + index_writes(write);
  return units;
}

std::uint64_t reads_of(const std::string& name) {
  return name == "GetItem" || name == "Query" ? 1 : 0;
}

class TurnUnits : public testing::HandlersTest {
 protected:
  TurnUnits() {
    chats_.open("c-1", "u-1");
    connections_.put({"conn", "u-1", "", "d", "dev", "", "c-1", 0, 0});
    forget();
  }
  void forget() { cloud_.take_table_calls(); }

  void handle(const std::string& body) {
    EXPECT_EQ(chat::handle_frame("conn", body, {connections_, rooms_, chats_, replies_, generations_, clock_}, limits_),
              "");
  }
  void generate(const std::string& answer, int lasts_ms) {
    llm_.script.clear();
    llm_.text(100, answer).end(lasts_ms);
    auto chats = new_chats();
    chat::generate(wire::parse_generate_event(cloud_.take_invocations().at(0)),
                   {connections_, rooms_, chats, replies_, llm_, clock_}, limits_,
                   clock_.steady_now() + std::chrono::minutes(5));
  }
  /// Writes and reads since the last time.
  std::pair<std::uint64_t, std::uint64_t> units() {
    std::pair<std::uint64_t, std::uint64_t> sum;
    for (const auto& [name, call] : cloud_.take_table_calls()) {
      sum.first += writes_of(name, call);
      sum.second += reads_of(name);
    }
    return sum;
  }

  chat::Limits limits_;
  testing::ScriptedLlm llm_{clock_};
};

void expect_within(std::uint64_t units, const load::CountRange& told) {
  EXPECT_GE(units, told.least);
  EXPECT_LE(units, told.most);
}

/// A turn as its client sees it.
load::TurnRecord seen_turn(std::size_t frame_bytes, std::size_t answer_bytes, int lasts_ms) {
  load::TurnRecord record;
  record.plane = load::Plane::kChat;
  record.how = load::TurnEnd::kCompleted;
  record.send = record.ack = 0;
  record.first = record.last = 100'000;
  record.end = lasts_ms * 1000;
  record.messages_sent = 1;
  record.bytes_sent = frame_bytes;
  record.pieces = {{100'000, 1, static_cast<std::uint32_t>(answer_bytes)}};
  return record;
}

TEST_F(TurnUnits, OfATurnAreWithinWhatALoadTestSays) {
  for (const auto& [question, answer, lasts_ms] :
       {std::tuple{10, 20, 600}, {900, 700, 4'000}, {3'000, 9'000, 9'900}, {1'000, 1'024, 100}}) {
    const std::string frame = R"({"action":"message","data":{"message":")" + std::string(question, 'q') + R"("}})";
    handle(frame);
    generate(std::string(answer, 'a'), lasts_ms);
    load::DoorUse use;
    use.add(seen_turn(frame.size(), static_cast<std::size_t>(answer), lasts_ms));
    const auto [writes, reads] = units();
    const load::TableUnits told = load::table_units(use, {});
    expect_within(writes, told.writes);
    EXPECT_GE(reads, 2U);
    EXPECT_LE(reads, told.reads.most);
    clock_.advance(std::chrono::seconds(1));
  }
}

TEST_F(TurnUnits, OfOtherFramesAreWithinWhatALoadTestSays) {
  for (const char* frame :
       {R"({"action":"ping"})", R"({"action":"new_conversation"})", R"({"action":"cancel","data":{}})"}) {
    handle(frame);
    load::DoorUse use;
    use.messages_sent = 1;
    const auto [writes, reads] = units();
    expect_within(writes, load::table_units(use, {}).writes);
    expect_within(reads, load::table_units(use, {}).reads);
  }
}

TEST_F(TurnUnits, OfAConnectionAreThoseThatALoadTestSays) {
  chat::connect({.connection_id = "other",
                 .user_id = "u-2",
                 .user_email = "",
                 .domain_name = "d",
                 .stage = "dev",
                 .origin = "",
                 .session_id = std::nullopt,
                 .connected_at_ms = 1},
                {connections_, rooms_, replies_, clock_}, chats_, limits_);
  EXPECT_EQ(units().first, load::table_units({}, {.opened = 1}).writes.most);
  chat::disconnect("other", {connections_, rooms_, replies_, clock_}, limits_);
  EXPECT_EQ(units().first, load::table_units({}, {.closed = 1}).writes.most);
}

}  // namespace
}  // namespace wsdeep::handlers
