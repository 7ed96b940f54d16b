#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/random.h"

namespace wsdeep {
namespace {

class DiskFilesTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("wsdeep-files-" + random_uuid());
  DiskFiles files_;
  void TearDown() override { std::filesystem::remove_all(folder_); }
};

TEST_F(DiskFilesTest, WritesWithTheModeAndLeavesNothingElse) {
  files_.write(folder_ / "a/b.json", "first", 0600);
  files_.write(folder_ / "a/b.json", "second", 0600);
  EXPECT_EQ(files_.read(folder_ / "a/b.json"), "second");
  struct stat info {};
  ASSERT_EQ(stat((folder_ / "a/b.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "a"), {}), 1);
}

TEST_F(DiskFilesTest, TellsAMissingFileFromAnUnreadableOne) {
  EXPECT_EQ(files_.read(folder_ / "none"), std::nullopt);
  std::filesystem::create_directories(folder_ / "dir");
  EXPECT_THROW(files_.read(folder_ / "dir"), Error);
}

TEST_F(DiskFilesTest, RefusesAFileOverTheLimit) {
  files_.write(folder_ / "big", std::string(100, 'x'));
  EXPECT_THROW(files_.read(folder_ / "big", 99), Error);
}

TEST_F(DiskFilesTest, NamesThePathInTheError) {
  files_.write(folder_ / "file", "x");
  try {
    files_.write(folder_ / "file/below", "x");
    FAIL() << "wrote below a file";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("file"), std::string::npos);
  }
}

TEST_F(DiskFilesTest, RemoveSaysWhetherThereWasOne) {
  files_.write(folder_ / "x", "x");
  EXPECT_TRUE(files_.remove(folder_ / "x"));
  EXPECT_FALSE(files_.remove(folder_ / "x"));
}

}  // namespace
}  // namespace wsdeep
