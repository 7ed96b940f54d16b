#include "load/drive/token_users.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "support/eventually.h"
#include "support/scripted_http_server.h"
#include "support/temporary_folder.h"

namespace wsdeep::load {
namespace {

using namespace std::chrono_literals;

class TokenUsersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    context_.target_flags = " -e dev";
    target_.region = "us-east-1";
    target_.user_pool_id = "us-east-1_pool";
    target_.client_id = "client";
    target_.credentials = aws::Credentials{};
  }
  /// A line of the file: the user's tokens are good for so many seconds.
  static std::string line(const std::string& name, int seconds) {
    return fmt::format(
        R"({{"username":"{0}","idToken":"id-{0}","accessToken":"access-{0}","refreshToken":"refresh-{0}","expiresAt":{1}}})"
        "\n",
        name, epoch_seconds(SystemClock().now()) + seconds);
  }
  void write(const std::string& text, mode_t mode = 0600) { context_.files.write(file_, text, mode); }
  std::string refusal() {
    try {
      const TokenUsers users(target_, context_, file_);
      return "none";
    } catch (const Error& error) {
      return fmt::format("{} | {}", error.what(), error.hint());
    }
  }

  testing::TemporaryFolder folder_;
  const std::string file_ = folder_.path() / "tokens.jsonl";
  Context context_;
  users::Target target_;
};

TEST_F(TokenUsersTest, GivesEachSessionAUserRoundRobin) {
  write(line("ann", 3600) + line("bob", 3600));
  TokenUsers users(target_, context_, file_);
  EXPECT_EQ(users.count(), 2u);
  std::string tokens;
  for (std::uint64_t session = 0; session < 4; ++session) tokens += users.sign_in(session).token + " ";
  EXPECT_EQ(tokens, "id-ann id-bob id-ann id-bob ");
  EXPECT_EQ(users.sign_in(0).sign_in_us, kNever);
}

TEST_F(TokenUsersTest, HasTheUsersOfItsShare) {
  struct Case {
    int worker, workers;
    std::string tokens;  ///< of its sessions 0, 1 and 2
  };
  // Three users for three workers or fewer; for five of them, two have one that another has, too.
  const Case cases[] = {{0, 2, "id-ann id-eve id-ann "}, {1, 2, "id-bob id-bob id-bob "},
                        {2, 3, "id-eve id-eve id-eve "}, {2, 5, "id-eve id-eve id-eve "},
                        {3, 5, "id-ann id-ann id-ann "}, {4, 5, "id-bob id-bob id-bob "}};
  write(line("ann", 3600) + line("bob", 3600) + line("eve", 3600));
  for (const Case& each : cases) {
    TokenUsers users(target_, context_, file_, {each.worker, each.workers});
    std::string tokens;
    for (std::uint64_t session = 0; session < 3; ++session) tokens += users.sign_in(session).token + " ";
    EXPECT_EQ(tokens, each.tokens) << each.worker << " of " << each.workers;
  }
}

/// Two workers keep one file.
TEST_F(TokenUsersTest, LeavesTheTokensOfOtherWorkersInTheFile) {
  testing::ScriptedHttpServer pool;
  pool.expect(200,
              R"({"AuthenticationResult":{"IdToken":"new","AccessToken":"a","RefreshToken":"r2","ExpiresIn":3600}})");
  target_.endpoint = pool.url();
  write(line("ann", 60) + line("bob", 3600));
  const TokenUsers users(target_, context_, file_, {0, 2});
  EXPECT_TRUE(testing::eventually(
      [&] { return context_.files.read(file_).value_or("").find(R"("refreshToken":"r2")") != std::string::npos; }));
  EXPECT_NE(context_.files.read(file_)->find("id-bob"), std::string::npos);
}

TEST_F(TokenUsersTest, SaysWhatIsWrongWithTheFile) {
  const std::string hint = fmt::format("wsdeep users tokens --out {}", file_);
  EXPECT_EQ(refusal(), fmt::format("no tokens in {} | get some with: {}", file_, hint));
  write(line("ann", 3600) + line("bob", -1) + line("eve", -9));
  EXPECT_EQ(refusal(), fmt::format("2 of 3 tokens in {} have expired | freshen them with: {}", file_, hint));
  write(line("ann", 3600) + "\n{\"username\":7}\n");
  EXPECT_EQ(refusal(), fmt::format("cannot use {}: it is not a file of tokens: line 3: username: expected a "
                                   "string, got a number | pass another --tokens",
                                   file_));
  write(line("ann", 3600), 0640);
  EXPECT_EQ(refusal(),
            fmt::format("cannot use {0}: it is to hold tokens, and others may read it | run: chmod 600 {0}", file_));
}

TEST_F(TokenUsersTest, RefreshesATokenBeforeItEndsAndKeepsTheFile) {
  testing::ScriptedHttpServer pool;
  pool.expect(200,
              R"({"AuthenticationResult":{"IdToken":"new","AccessToken":"a","RefreshToken":"r2","ExpiresIn":3600}})");
  target_.endpoint = pool.url();
  write(line("ann", 60) + line("bob", 3600));
  TokenUsers users(target_, context_, file_);
  EXPECT_EQ(users.sign_in(1).token, "id-bob");
  SessionUsers::SignedIn fresh;
  EXPECT_TRUE(testing::eventually([&] {
    fresh = users.sign_in(0);
    return fresh.token == "new";
  }));
  EXPECT_GT(fresh.sign_in_us, 0);
  EXPECT_EQ(users.sign_in(0).sign_in_us, kNever);
  EXPECT_NE(pool.last_request().body.find("refresh-ann"), std::string::npos);
  EXPECT_TRUE(testing::eventually(
      [&] { return context_.files.read(file_).value_or("").find(R"("refreshToken":"r2")") != std::string::npos; }));
  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(TokenUsersTest, SaysWhyATokenThatEndedWasNotRefreshed) {
  testing::ScriptedHttpServer pool;
  pool.expect(400, R"({"__type":"NotAuthorizedException","message":"Refresh Token has expired"})");
  target_.endpoint = pool.url();
  write(line("ann", 1));
  TokenUsers users(target_, context_, file_);
  std::string refusal;
  EXPECT_TRUE(testing::eventually([&] {
    try {
      users.sign_in(0);
      return false;
    } catch (const Error& error) {
      refusal = error.what();
      return true;
    }
  }));
  EXPECT_EQ(refusal, "the token of 'ann' has expired and cannot be refreshed: its refresh token has ended");
}

}  // namespace
}  // namespace wsdeep::load
