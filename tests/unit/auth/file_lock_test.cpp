#include "auth/file_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "auth/saved_login.h"
#include "base/error.h"
#include "support/temporary_folder.h"

namespace wsdeep::auth {
namespace {

TEST(FileLock, KeepsOneOutWhileAnotherHoldsIt) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "made/for/lock";
  int inside = 0, most = 0;  // guarded by the lock alone
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) {
          const FileLock lock(file);
          most = std::max(most, ++inside);
          std::this_thread::yield();
          --inside;
        }
      });
  }
  EXPECT_EQ(most, 1);
}

TEST(FileLock, GivesUpWhenItIsToldTo) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "lock";
  const FileLock held(file);
  std::stop_source stop;
  std::jthread impatient([&] { stop.request_stop(); });
  try {
    const FileLock lock(file, stop.get_token());
    FAIL() << "two hold it";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
}

TEST(FileLock, LosesNoLoginOfThoseWhoSaveAtTheSameTime) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "logins.json";
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&file, i] {
        DiskFiles files;
        LoginStore(files, file).save({"issuer", "client", "user" + std::to_string(i), "i", "a", "r", 1});
      });
  }
  DiskFiles files;
  EXPECT_EQ(LoginStore(files, file).all().size(), 8U);
}

}  // namespace
}  // namespace wsdeep::auth
