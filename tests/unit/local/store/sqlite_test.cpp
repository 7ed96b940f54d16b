#include "local/store/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace wsdeep::local {
namespace {

using ::testing::HasSubstr;

std::string failure_of(const std::filesystem::path& path) {
  try {
    Database database(path);
  } catch (const Error& error) {
    return std::string(error.what()) + "|" + error.hint();
  }
  return "";
}

TEST(Sqlite, KeepsBlobsWithZeroBytesAndEmptyBlobs) {
  const testing::TemporaryFolder folder;
  Database database(folder.path() / "t.db");
  database.execute("CREATE TABLE t (a BLOB NOT NULL, b BLOB NOT NULL)");
  const std::string bytes("a\0b", 3);
  Statement(database, "INSERT INTO t VALUES (?, ?)").bind_blob(1, bytes).bind_blob(2, {}).run();

  Statement read(database, "SELECT a, b FROM t");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.text(0), bytes);
  EXPECT_FALSE(read.is_null(1));
  EXPECT_EQ(read.text(1), "");
}

TEST(Sqlite, ForgetsWhatWasNotCommitted) {
  const testing::TemporaryFolder folder;
  Database database(folder.path() / "t.db");
  database.execute("CREATE TABLE t (a INTEGER)");
  {
    const Transaction dropped(database);
    database.execute("INSERT INTO t VALUES (1)");
  }
  {
    Transaction kept(database);
    database.execute("INSERT INTO t VALUES (2)");
    kept.commit();
  }

  Statement read(database, "SELECT group_concat(a) FROM t");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.text(0), "2");
}

TEST(Sqlite, KeepsWhatWasCommittedAcrossOpens) {
  const testing::TemporaryFolder folder;
  {
    Database database(folder.path() / "t.db");
    database.execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
  }
  Database database(folder.path() / "t.db");
  Statement read(database, "SELECT a FROM t");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.integer(0), 7);
}

TEST(Sqlite, MakesFilesThatOnlyTheirOwnerReads) {
  const testing::TemporaryFolder folder;
  Database database(folder.path() / "t.db");
  database.execute("CREATE TABLE t (a)");
  for (const char* name : {"t.db", "t.db-wal", "t.db-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder.path() / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

TEST(Sqlite, NamesAFileThatIsNotADatabaseAndLeavesItAlone) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "local.db";
  const std::string text(5000, 'x');
  std::ofstream(path) << text;

  EXPECT_THAT(failure_of(path),
              HasSubstr("cannot use " + path.string() + ": file is not a database|nothing was deleted"));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST(Sqlite, NoticesADamagedDatabaseAtOpen) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "local.db";
  {
    Database database(path);
    database.execute("CREATE TABLE t (a); CREATE INDEX i ON t(a)");
    for (int i = 0; i < 2000; ++i) database.execute("INSERT INTO t VALUES ('some text that fills pages')");
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(20000, '\xFF');
  file.close();

  EXPECT_THAT(failure_of(path), HasSubstr("cannot use " + path.string()));
}

TEST(Sqlite, NamesAFolderThatCannotBeWritten) {
  EXPECT_THAT(failure_of("/proc/nowhere/local.db"), HasSubstr("/proc/nowhere"));
}

TEST(Sqlite, NamesTheFileWhenAStatementIsWrong) {
  const testing::TemporaryFolder folder;
  Database database(folder.path() / "t.db");
  try {
    Statement statement(database, "SELECT a FROM nowhere");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("t.db: no such table: nowhere"));
  }
}

}  // namespace
}  // namespace wsdeep::local
