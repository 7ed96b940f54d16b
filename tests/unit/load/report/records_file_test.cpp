#include "load/report/records_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

TurnRecord turn_of(std::uint64_t index, std::size_t pieces = 3) {
  TurnRecord record;
  record.index = index;
  record.send = 10;
  for (std::size_t i = 0; i < pieces; ++i) record.pieces.push_back({static_cast<Micros>(100 + i), 2, 9});
  return record;
}

std::vector<std::uint64_t> indexes_in(const std::filesystem::path& path) {
  const std::string text = DiskFiles().read(path).value_or("");
  std::vector<std::uint64_t> indexes;
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) indexes.push_back(nlohmann::json::parse(line)["index"].get<std::uint64_t>());
  return indexes;
}

std::string fault_of(RecordsFile& file) {
  try {
    file.finish();
  } catch (const Error& error) {
    return fmt::format("{} | {}", error.what(), error.hint());
  }
  return "";
}

TEST(TurnJson, HasEveryFieldAndNullForWhatDidNotCome) {
  EXPECT_EQ(turn_json(TurnRecord{}),
            R"({"schema":"wsdeep.turn/1","index":0,"plane":"llm","stage":0,"conversation":0,"turn":0,)"
            R"("intended_at_us":0,"send_at_us":null,"ack_at_us":null,"first_at_us":null,"answer_at_us":null,)"
            R"("last_at_us":null,"end_at_us":null,"how":"unfinished","reason":"","detail":"","node":"","moved":false,)"
            R"("tokens_counted_by":"none","output_tokens":0,"reasoning_tokens":0,"prompt_tokens":null,)"
            R"("cached_prompt_tokens":null,"bytes_sent":0,"bytes_received":0,"messages_sent":0,"messages_received":0,)"
            R"("billed_messages":0,"gaps":0,"repeats":0,"disorders":0,"restarts":0,"queue_us":null,)"
            R"("prefill_us":null,"arrived_at_node_us":null,"token_offsets_us":[],"cancelled_at_us":null,)"
            R"("slot_free_at_us":null,"wasted_tokens":0,"pieces":[]})");
}

TEST(TurnJson, IsOneLineOfJsonWhateverAPeerSaid) {
  TurnRecord record = turn_of(7, 2);
  record.plane = Plane::kChat;
  record.detail = "\"\\\r\n\xff\x01";
  record.token_offsets_us = {1, 20};
  record.queue_us = -1;
  const std::string line = turn_json(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const nlohmann::json document = nlohmann::json::parse(line);
  EXPECT_EQ(document["plane"], "chat");
  EXPECT_EQ(document["detail"], "\"\\\r\n\xEF\xBF\xBD\x01");
  EXPECT_EQ(document["pieces"], nlohmann::json::parse("[[100,2,9],[101,2,9]]"));
  EXPECT_EQ(document["token_offsets_us"], nlohmann::json::parse("[1,20]"));
  EXPECT_EQ(document["queue_us"], -1);
}

TEST(RecordsFile, HasALineForEachTurnOfEachThread) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  RecordsFile file(path);
  std::vector<std::thread> threads;
  for (std::uint64_t first : {0, 1000, 2000})
    threads.emplace_back([&file, first] {
      for (std::uint64_t i = first; i < first + 1000; ++i) file.add(turn_of(i));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(std::filesystem::exists(path)) << "it has its name when it is whole";
  file.finish();
  std::vector<std::uint64_t> indexes = indexes_in(path);
  std::ranges::sort(indexes);
  ASSERT_EQ(indexes.size(), 3000);
  for (std::uint64_t i = 0; i < 3000; ++i) EXPECT_EQ(indexes[i], i);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(RecordsFile, OfARunThatWasKilledIsLeftAsAPart) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  std::make_unique<RecordsFile>(path)->add(turn_of(1));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(indexes_in(path + ".partial"), std::vector<std::uint64_t>{1});
}

TEST(RecordsFile, OfARunThatNeverBeganIsGone) {
  const testing::TemporaryFolder folder;
  { const RecordsFile file(folder.path() / "turns.jsonl"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(RecordsFile, OfARunWithoutTurnsIsEmpty) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  RecordsFile(path).finish();
  EXPECT_EQ(DiskFiles().read(path), "");
}

TEST(RecordsFile, SaysOnceHowManyTurnsAFullDiskCost) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  const std::size_t line = turn_json(turn_of(1)).size() + 1;
  const testing::FileSizeLimit limit(2 * line + 5);
  RecordsFile file(path);
  for (std::uint64_t i = 1; i <= 9; ++i) file.add(turn_of(i));
  EXPECT_EQ(fault_of(file),
            fmt::format("cannot write {0}: File too large; 7 turns are missing, the others are in {0}.partial | "
                        "free space there, or give --records another disk",
                        path));
  EXPECT_EQ(indexes_in(path + ".partial"), (std::vector<std::uint64_t>{1, 2})) << "each line is whole";
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RecordsFile, CountsWhatADiskThatIsTooSlowCosts) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() / "turns.jsonl";
  const std::size_t line = turn_json(turn_of(1)).size() + 1;
  RecordsFile file(path, 3 * line);  // less than what wakes the thread that writes
  for (std::uint64_t i = 1; i <= 5; ++i) file.add(turn_of(i));
  EXPECT_EQ(fault_of(file), fmt::format("cannot write {0}: the disk was too slow; 2 turns are missing, the others are "
                                        "in {0}.partial | give --records a faster disk",
                                        path));
  EXPECT_EQ(indexes_in(path + ".partial"), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(RecordsFile, IsRefusedWhereItCannotBe) {
  try {
    const RecordsFile file("/nowhere/turns.jsonl");
    FAIL() << "it was made";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot write /nowhere/turns.jsonl.partial: No such file or directory");
  }
}

}  // namespace
}  // namespace wsdeep::load
