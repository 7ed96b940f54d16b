#include "commands/results_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "support/temporary_folder.h"

namespace wsdeep::commands {
namespace {

class ResultsFileTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "new/results.jsonl";

  std::string error(const std::string& pool = "p", const std::string& source = "s") const {
    try {
      const ResultsFile results(path_, pool, source, 7);
    } catch (const Error& fault) {
      EXPECT_EQ(fault.kind(), ErrorKind::kFailure);
      return fault.what();
    }
    return "no error";
  }
  void write(const std::string& text, mode_t mode = 0600) { DiskFiles().write(path_, text, mode); }
};

TEST_F(ResultsFileTest, RemembersWhoIsDoneAndWhenTheFirstRunBegan) {
  {
    ResultsFile results(path_, "p", "s", 1000);
    EXPECT_FALSE(results.resumed());
    results.add_created(0, "ann", "pw");
    results.add_failed(1, "bob", "exists");
    results.add_created(5, "eve", "pw");
  }
  const ResultsFile again(path_, "p", "s", 2000);
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(again.started(), 1000);
  EXPECT_EQ(again.count_done(), 2U);
  EXPECT_TRUE(again.is_done(0));
  EXPECT_FALSE(again.is_done(1));
  EXPECT_TRUE(again.is_done(5));
  EXPECT_FALSE(again.is_done(6));
}

TEST_F(ResultsFileTest, IsForItsOwnerOnly) {
  { const ResultsFile results(path_, "p", "s", 1); }
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ::chmod(path_.c_str(), 0644);
  EXPECT_NE(error().find("others may read it"), std::string::npos);
}

TEST_F(ResultsFileTest, CutsOffTheLineThatACrashLeft) {
  {
    ResultsFile results(path_, "p", "s", 1);
    results.add_created(0, "ann", "pw");
  }
  std::ofstream(path_, std::ios::app) << R"({"index":1,"user)";
  {
    ResultsFile results(path_, "p", "s", 1);
    EXPECT_EQ(results.count_done(), 1U);
    results.add_created(1, "bob", "pw");
  }
  const ResultsFile results(path_, "p", "s", 1);
  EXPECT_EQ(results.count_done(), 2U);
}

TEST_F(ResultsFileTest, RefusesAnotherRunsFile) {
  { const ResultsFile results(path_, "p", "s", 1); }
  EXPECT_NE(error("q").find("it holds the results of another run (s at p)"), std::string::npos);
  EXPECT_NE(error("p", "t").find("another run"), std::string::npos);
}

TEST_F(ResultsFileTest, LeavesAFileAloneThatIsNotOne) {
  for (const char* text : {"my notes", "my notes\n", "{}\n", "{\"wsdeep\":\"users\",\"version\":9}\n"}) {
    write(text);
    EXPECT_NE(error().find("it is not a results file"), std::string::npos) << text;
    EXPECT_EQ(DiskFiles().read(path_), text);
  }
}

TEST_F(ResultsFileTest, NamesTheLineThatIsWrong) {
  { const ResultsFile results(path_, "p", "s", 1); }
  std::ofstream(path_, std::ios::app) << R"({"index":-1,"outcome":"created"})"
                                      << "\n";
  EXPECT_NE(error().find("line 2: index: out of range"), std::string::npos) << error();
}

TEST_F(ResultsFileTest, IsWrittenByOneRunAtATime) {
  const ResultsFile results(path_, "p", "s", 1);
  EXPECT_NE(error().find("another run is writing to it"), std::string::npos);
}

TEST_F(ResultsFileTest, HandsOverTheUsersWhoWereCreated) {
  {
    ResultsFile results(path_, "p", "s", 1);
    results.add_created(0, "ann", "pw1");
    results.add_failed(1, "bob", "exists");
    results.add_created(2, "eve", "pw2");
  }
  std::string seen;
  read_created_users(path_, [&](const CreatedUser& user) {
    seen += user.username + "/" + user.password + " ";
    return true;
  });
  EXPECT_EQ(seen, "ann/pw1 eve/pw2 ");
}

}  // namespace
}  // namespace wsdeep::commands
