#include "node/journal_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/logs.h"

namespace wsdeep::node {
namespace {

std::string message_of(const std::string& fields) {
  const auto entry =
      parse_journal_entry(R"({"__REALTIME_TIMESTAMP":"1708326702123456","__CURSOR":"s=1;i=2",)" + fields + "}");
  return entry ? entry->message : "(none)";
}

TEST(JournalEntry, ReadsALineOfJournalctl) {
  EXPECT_EQ(parse_journal_entry(R"({"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1708326702123456","PRIORITY":"6",)"
                                R"("_SYSTEMD_UNIT":"wsdeep-engine.service","MESSAGE":"INFO ready"})"),
            (JournalEntry{1708326702123, "wsdeep-engine: INFO ready", "s=1;i=2"}));
}

TEST(JournalEntry, NamesTheServiceUnlessItIsAStage) {
  EXPECT_EQ(message_of(R"("_SYSTEMD_UNIT":"wsdeep-prepare.service","MESSAGE":"wsdeep-stage: model 3 of 14 GB")"),
            "wsdeep-stage: model 3 of 14 GB");
  EXPECT_EQ(message_of(R"("_SYSTEMD_UNIT":"init.scope","UNIT":"wsdeep-engine.service","MESSAGE":"Started it.")"),
            "wsdeep-engine: Started it.");
  EXPECT_EQ(message_of(R"("MESSAGE":"no unit")"), "no unit");
}

TEST(JournalEntry, ReadsBytesAndMakesTextOfThem) {
  EXPECT_EQ(message_of(R"("MESSAGE":[27,91,51,49,109,114,101,100])"), "[31mred");
  EXPECT_EQ(message_of(R"("MESSAGE":[104,255,105])"), "h\xEF\xBF\xBDi");
}

TEST(JournalEntry, IsNothingWhereNothingIsSaid) {
  for (const char* line :
       {"", "{", "[]", "{}", R"({"MESSAGE":"x"})", R"({"__REALTIME_TIMESTAMP":"-1","MESSAGE":"x"})",
        R"({"__REALTIME_TIMESTAMP":"1","MESSAGE":null})", R"({"__REALTIME_TIMESTAMP":"1","MESSAGE":" \n"})",
        R"({"__REALTIME_TIMESTAMP":"1","MESSAGE":[256]})", R"({"__REALTIME_TIMESTAMP":1,"MESSAGE":"x"})",
        R"({"__REALTIME_TIMESTAMP":"1","MESSAGE":{"a":1}})"})
    EXPECT_EQ(parse_journal_entry(line), std::nullopt) << line;
}

TEST(JournalEntry, IsCutAtAWholeCharacter) {
  std::string text;
  while (text.size() < 300'000) text += "ü";
  const std::string message = message_of("\"MESSAGE\":\"" + text + "\"");
  EXPECT_LE(message.size(), aws::kMaxLogEventBytes);
  EXPECT_THAT(message, ::testing::EndsWith("ü … (cut)"));
}

TEST(Secrets, AreHiddenWhereverTheyStand) {
  const std::vector<std::pair<const char*, const char*>> table{
      {"nothing to hide", "nothing to hide"},
      {"GET https://b.s3/x?X-Amz-Security-Token=IQoJ%2F&X-Amz-Signature=0a1b: 403",
       "GET https://b.s3/x?X-Amz-Security-Token=(hidden)&X-Amz-Signature=(hidden) 403"},
      {"x-amz-credential=ASIA1/2024&a", "x-amz-credential=(hidden)&a"},
      {"Authorization: Bearer ey.J0 sent", "Authorization: Bearer (hidden) sent"},
      {"authorization: Basic dXNlcg==", "authorization: Basic (hidden)"},
      {"HF_TOKEN=hf_abc", "HF_TOKEN=(hidden)"},
      {"password='hunter2'", "password='hunter2'"},
      {"PASSWORD=hunter2 password=", "PASSWORD=(hidden) password="},
      {"AWS_SECRET_ACCESS_KEY=a/b+c", "AWS_SECRET_ACCESS_KEY=(hidden)"},
      {"{\"api_key=1\",\"api_key=2\"}", "{\"api_key=(hidden)\",\"api_key=(hidden)\"}"},
      {"max_tokens=8192", "max_tokens=8192"}};
  for (const auto& [text, shown] : table) EXPECT_EQ(without_secrets(text), shown);
}

}  // namespace
}  // namespace wsdeep::node
