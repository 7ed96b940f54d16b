#include "deploy/tidy_bucket.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

const SystemTime kNow = parse_iso8601("2026-11-30T12:00:00Z");

std::string hash_of(int n) {
  return fmt::format("{:064x}", n);
}

/// The nth package of that name, made n days ago.
aws::ObjectVersion package(const std::string& name, int n, const std::string& version = "v1") {
  return {fmt::format("packages/{}-{}.zip", name, hash_of(n)), version,
          fmt::format("2026-{:02}-{:02}T12:00:00.000Z", n < 30 ? 11 : 10, n < 30 ? 30 - n : 61 - n), 10};
}

std::vector<std::string> keys_of(const std::vector<aws::ObjectVersion>& versions) {
  std::vector<std::string> keys;
  for (const aws::ObjectVersion& one : versions) keys.push_back(one.key);
  return keys;
}

std::vector<aws::ObjectVersion> packages(const std::string& name, int count) {
  std::vector<aws::ObjectVersion> all;
  for (int n = 0; n < count; ++n) all.push_back(package(name, n));
  return all;
}

TEST(TidyBucket, KeepsTheNewestTenOfEachKind) {
  auto versions = packages("message", 12);
  for (const auto& one : packages("node", 3)) versions.push_back(one);
  EXPECT_EQ(keys_of(unneeded(versions, "", kNow)),
            (std::vector<std::string>{package("message", 10).key, package("message", 11).key}));
}

TEST(TidyBucket, NeverRemovesWhatIsInUseHoweverOld) {
  const auto versions = packages("message", 13);
  const std::string in_use = "CodeUri: s3://bucket/" + package("message", 12).key + "\nParameters: " + "packages/other";
  EXPECT_EQ(keys_of(unneeded(versions, in_use, kNow)),
            (std::vector<std::string>{package("message", 10).key, package("message", 11).key}));
}

TEST(TidyBucket, KeepsWhatIsYoungerThanADayForWhoIsAboutToDeployIt) {
  std::vector<aws::ObjectVersion> versions;
  for (int n = 0; n < 20; ++n) {
    versions.push_back(package("message", n));
    versions.back().modified = "2026-11-30T01:00:00Z";
  }
  EXPECT_TRUE(unneeded(versions, "", kNow).empty());
}

TEST(TidyBucket, GoesByTheNewestVersionOfAnObjectAndRemovesAllOfThem) {
  auto versions = packages("message", 11);
  versions.push_back(package("message", 10, "v2"));
  EXPECT_EQ(unneeded(versions, "", kNow).size(), 2u);
  versions.back().modified = "2026-11-30T11:00:00Z";  // uploaded again, an hour ago: it is the newest now but one
  EXPECT_EQ(keys_of(unneeded(versions, "", kNow)), std::vector<std::string>{package("message", 9).key});
}

TEST(TidyBucket, TakesAPageAsAWhole) {
  std::vector<aws::ObjectVersion> versions;
  const auto page = [](int n) { return "web/" + hash_of(n).substr(32); };
  for (int n = 0; n < 13; ++n)
    for (const char* file : {"index.html", "js/app-abc.js"})
      versions.push_back({page(n) + "/" + file, "v1", package("x", n).modified, 10});
  versions.push_back({page(11) + "/index.html", "v2", "2026-11-30T11:00:00Z", 10});  // uploaded again an hour ago
  const std::string in_use = "WebPrefix: " + page(12);
  EXPECT_EQ(keys_of(unneeded(versions, in_use, kNow)),
            (std::vector<std::string>{page(9) + "/index.html", page(9) + "/js/app-abc.js", page(10) + "/index.html",
                                      page(10) + "/js/app-abc.js"}));
}

TEST(TidyBucket, LeavesAloneWhatWsdeepHasNotPutThere) {
  std::vector<aws::ObjectVersion> versions;
  for (int n = 0; n < 30; ++n)
    for (const std::string& key :
         {fmt::format("packages/backup-{}.zip", n), fmt::format("packages/mine/x-{}.zip", hash_of(n)),
          fmt::format("packages/-{}.zip", hash_of(n)), fmt::format("templates/{}.json", hash_of(n)),
          fmt::format("other/message-{}.zip", hash_of(n)), fmt::format("web/photo-{}.jpg", n), fmt::format("web/{}", n),
          fmt::format("web/{}/index.html", hash_of(n)), fmt::format("web/{}/", hash_of(n).substr(32))})
      versions.push_back({key, "v", "2020-01-01T00:00:00Z", 1});
  EXPECT_TRUE(unneeded(versions, "", kNow).empty());
}

TEST(TidyBucket, KeepsWhatHasNoReadableTime) {
  auto versions = packages("message", 11);
  versions.back().modified = "yesterday";
  // It counts as new, and so another one is the eleventh.
  EXPECT_EQ(keys_of(unneeded(versions, "", kNow)), std::vector<std::string>{package("message", 9).key});
}

}  // namespace
}  // namespace wsdeep::deploy
