#include "users/results_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "support/temporary_folder.h"

namespace wsdeep::users {
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

TEST_F(ResultsFileTest, RemembersWhoIsDone) {
  {
    ResultsFile results(path_, "p", "s", 1000);
    results.add_attempt("ann", "pw", 1001);
    results.add_created("ann", "pw", "sub");
    results.add_failed("bob", "exists");
    EXPECT_EQ(results.count_done(), 0U);
  }
  const ResultsFile again(path_, "p", "s", 2000);
  EXPECT_EQ(again.count_done(), 1U);
  EXPECT_TRUE(again.is_done("ann"));
  EXPECT_FALSE(again.is_done("bob"));
  EXPECT_FALSE(again.is_done("eve"));
}

TEST_F(ResultsFileTest, KeepsAttemptsOpenWhoseOutcomeNobodyKnows) {
  {
    ResultsFile results(path_, "p", "s", 1000);
    for (const char* name : {"ann", "bob", "eve", "kim"}) results.add_attempt(name, "pw1", 1001);
    results.add_created("ann", "pw1", "");
    results.add_failed("bob", "refused");
    results.add_incomplete("eve", "no such group");
    results.add_attempt("kim", "pw2", 1005);
  }
  const ResultsFile again(path_, "p", "s", 2000);
  EXPECT_FALSE(again.open_attempt("ann"));
  EXPECT_FALSE(again.open_attempt("bob"));
  ASSERT_TRUE(again.open_attempt("eve"));
  EXPECT_EQ(again.open_attempt("eve")->times, std::vector<std::int64_t>{1001});
  ASSERT_TRUE(again.open_attempt("kim"));
  EXPECT_EQ(again.open_attempt("kim")->password, "pw2");
  EXPECT_EQ(again.open_attempt("kim")->times, (std::vector<std::int64_t>{1001, 1005}));
}

TEST_F(ResultsFileTest, ForgetsWhoWasDeletedUntilTheNextCreation) {
  {
    ResultsFile results(path_, "p", "s", 1);
    for (const char* name : {"ann", "bob"}) results.add_created(name, "old", "");
    for (const char* name : {"ann", "bob"}) results.add_deleted(name);
    results.add_created("bob", "new", "");
  }
  const ResultsFile again(path_, "p", "", 2);
  EXPECT_FALSE(again.is_done("ann"));
  EXPECT_TRUE(again.is_done("bob"));
  std::string seen;
  read_created_users(path_, [&](const CreatedUser& user) {
    seen += user.username + "/" + user.password + " ";
    return true;
  });
  EXPECT_EQ(seen, "bob/new ");
}

TEST_F(ResultsFileTest, SaysThatTheDiskIsFullAndLeavesNoTornLine) {
  ResultsFile results(path_, "p", "s", 1000);
  const auto before = std::filesystem::file_size(path_);
  const rlimit small{before + 10, RLIM_INFINITY};
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string message = "no error";
  try {
    results.add_created("ann", "pw", "");
  } catch (const Error& fault) {
    message = std::string(fault.what()) + " / " + fault.hint();
  }
  ::setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_NE(message.find("cannot write: File too large / make room"), std::string::npos) << message;
  EXPECT_EQ(std::filesystem::file_size(path_), before);
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
    results.add_created("ann", "pw", "");
  }
  std::ofstream(path_, std::ios::app) << R"({"index":1,"user)";
  {
    ResultsFile results(path_, "p", "s", 1);
    EXPECT_EQ(results.count_done(), 1U);
    results.add_created("bob", "pw", "");
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
  std::ofstream(path_, std::ios::app) << R"({"username":7,"outcome":"created"})"
                                      << "\n";
  EXPECT_NE(error().find("line 2: username: expected"), std::string::npos) << error();
}

TEST_F(ResultsFileTest, IsWrittenByOneRunAtATime) {
  const ResultsFile results(path_, "p", "s", 1);
  EXPECT_NE(error().find("another run is writing to it"), std::string::npos);
}

TEST_F(ResultsFileTest, HandsOverTheUsersWhoWereCreated) {
  {
    ResultsFile results(path_, "p", "s", 1);
    results.add_attempt("ann", "pw1", 1);
    results.add_created("ann", "pw1", "s1");
    results.add_failed("bob", "exists");
    results.add_created("eve", "pw2", "");
  }
  std::string seen;
  read_created_users(path_, [&](const CreatedUser& user) {
    seen += user.username + "/" + user.password + "/" + user.sub + " ";
    return true;
  });
  EXPECT_EQ(seen, "ann/pw1/s1 eve/pw2/ ");
  EXPECT_THROW(read_created_users(
                   path_, [](const CreatedUser&) { return true; }, "q"),
               Error);
}

}  // namespace
}  // namespace wsdeep::users
