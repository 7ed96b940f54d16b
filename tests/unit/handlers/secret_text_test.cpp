#include "handlers/secret_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "base/temporary_folder.h"
#include "handlers/signing_secret.h"
#include "net/http_call.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using SecretVariables = std::map<std::string, std::string, std::less<>>;

net::HttpResponse answer_with(const std::string& text) {
  return {200, {}, R"({"Name":"labs","SecretString":")" + text + "\"}"};
}

/// A version that was made then.
net::HttpResponse version_of(const std::string& text, SystemTime made) {
  return {200, {}, fmt::format(R"({{"CreatedDate":{}.5,"SecretString":"{}"}})", epoch_seconds(made), text)};
}

class SecretTextTest : public ::testing::Test {
 protected:
  void holds(const std::string& text) {
    server_.expect([text](const net::HttpRequest&) { return answer_with(text); });
  }
  /// Until its promise is kept.
  std::promise<void> says_nothing() {
    std::promise<void> over;
    server_.expect([end = over.get_future().share()](const net::HttpRequest&) {
      end.wait();
      return net::HttpResponse{500, {}, ""};
    });
    return over;
  }
  void holds_in_file(const std::string& text) { std::ofstream(file()) << text; }
  std::string file() const { return (folder_.path() / "secret").string(); }
  std::size_t asked() const { return server_.requests().size(); }

  testing::ManualClock clock_;
  testing::ScriptedHttpServer server_;
  TemporaryFolder folder_;
  Env env_{SecretVariables{{"AWS_REGION", "eu-west-1"},
                           {"AWS_ACCESS_KEY_ID", "AKID"},
                           {"AWS_SECRET_ACCESS_KEY", "key"},
                           {"AWS_ENDPOINT_URL_SECRETS_MANAGER", server_.url()}}};
  SecretText secret_{env_, clock_, {"the test's secret", "labs", "", 4}};
};

TEST_F(SecretTextTest, IsReadWhenItIsNeededAndAgainAfterFiveMinutes) {
  EXPECT_EQ(asked(), 0u);
  holds(" first\\n");
  EXPECT_EQ(secret_.text(), "first");
  clock_.advance(minutes(5) - milliseconds(1));
  EXPECT_EQ(secret_.text(), "first");
  EXPECT_EQ(asked(), 1u);
  clock_.advance(milliseconds(1));
  holds("second");
  EXPECT_EQ(secret_.text(), "second");
}

TEST_F(SecretTextTest, IsReadAnewWhenItWasRefusedButNotEachTime) {
  holds("first");
  EXPECT_EQ(secret_.text(), "first");
  clock_.advance(seconds(10));
  holds("second");
  EXPECT_EQ(secret_.text(true), "second");
  clock_.advance(seconds(9));
  EXPECT_EQ(secret_.text(true), "second");
  EXPECT_EQ(asked(), 2u);
}

TEST_F(SecretTextTest, StaysWhileItCannotBeReadAgainWhichIsTriedOnce) {
  holds("first");
  EXPECT_EQ(secret_.text(), "first");
  clock_.advance(minutes(5));
  server_.expect(500, "{}");
  EXPECT_EQ(secret_.text(), "first");
  EXPECT_EQ(secret_.text(), "first");
  EXPECT_EQ(asked(), 2u) << "one attempt";
  clock_.advance(seconds(10));
  holds("no");
  EXPECT_EQ(secret_.text(), "first") << "what is too short is none";
  clock_.advance(seconds(10));
  holds("second");
  EXPECT_EQ(secret_.text(), "second");
}

TEST_F(SecretTextTest, HoldsUpNobodyForLongerThanASecondOnceItIsKnown) {
  holds("first");
  EXPECT_EQ(secret_.text(), "first");
  clock_.advance(minutes(5));
  std::promise<void> over = says_nothing();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(secret_.text(), "first");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
  over.set_value();
}

TEST_F(SecretTextTest, TakesNoLongerThanItsCallersTime) {
  const SystemClock clock;
  SecretText secret(env_, clock, {"the test's secret", "labs", ""});
  std::promise<void> over = says_nothing();
  const auto begun = clock.steady_now();
  const aws::CallContext context{begun + milliseconds(300), {}};
  EXPECT_THROW(secret.text(false, context), net::TransportError);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
  over.set_value();
}

TEST_F(SecretTextTest, IsGoodForAnHourAsItWasBeforeAlsoForWhoHasNeverReadThat) {
  server_.expect([&](const net::HttpRequest&) { return version_of("second", clock_.now() - minutes(59)); });
  server_.expect([&](const net::HttpRequest&) { return version_of("first", clock_.now() - minutes(900)); });
  EXPECT_EQ(secret_.text(), "second");
  EXPECT_EQ(server_.last_request().body, R"({"SecretId":"labs","VersionStage":"AWSPREVIOUS"})");
  EXPECT_EQ(secret_.previous(), "first");
  clock_.advance(minutes(2));
  EXPECT_EQ(secret_.previous(), "");
  clock_.advance(minutes(3));
  server_.expect([&](const net::HttpRequest&) { return version_of("second", clock_.now() - minutes(64)); });
  EXPECT_EQ(secret_.text(), "second");
  EXPECT_EQ(asked(), 3u) << "nobody asks for what is good no longer";
}

TEST_F(SecretTextTest, HasNoneBeforeWhereThereIsNone) {
  server_.expect([&](const net::HttpRequest&) { return version_of("first", clock_.now()); });
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"no version AWSPREVIOUS"})");
  EXPECT_EQ(secret_.text(), "first");
  EXPECT_EQ(secret_.previous(), "");
}

TEST_F(SecretTextTest, KnowsWhatItWasBeforeThoughThatCannotBeReadAgain) {
  holds("first");
  EXPECT_EQ(secret_.text(), "first");
  clock_.advance(seconds(10));
  server_.expect([&](const net::HttpRequest&) { return version_of("second", clock_.now()); });
  server_.expect(400, R"({"__type":"AccessDeniedException","message":"not you"})");
  EXPECT_EQ(secret_.text(true), "second");
  EXPECT_EQ(secret_.previous(), "first");
}

TEST_F(SecretTextTest, IsNoneWhenItCannotBeReadAtFirst) {
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"no such secret"})");
  EXPECT_THROW(secret_.text(), Error);
  holds("no");
  EXPECT_THROW(secret_.text(), Error);
  holds("good");
  EXPECT_EQ(secret_.text(), "good") << "which is tried at once";
}

TEST_F(SecretTextTest, OfAFileIsReadAnewWheneverItWasRefused) {
  SecretText secret(env_, clock_, {"the test's secret", "labs", file()});
  EXPECT_THROW(secret.text(), Error);
  holds_in_file(" first\n");
  EXPECT_EQ(secret.text(), "first");
  holds_in_file("second\n");
  EXPECT_EQ(secret.text(), "first");
  EXPECT_EQ(secret.text(true), "second");
  holds_in_file("\n");
  EXPECT_EQ(secret.text(true), "second") << "an empty file has none";
  EXPECT_EQ(asked(), 0u);
}

TEST_F(SecretTextTest, IsEmptyWhereNoneIsSet) {
  SecretText none(env_, clock_, {"the test's secret", "", ""});
  EXPECT_FALSE(none.is_set());
  EXPECT_EQ(none.text(true), "");
}

TEST_F(SecretTextTest, ThatSignsHasThirtyTwoBytes) {
  const Env environment(SecretVariables{{"BACKEND_SECRET_FILE", file()}});
  holds_in_file(std::string(31, 'a') + "\n");
  EXPECT_THROW(SecretText(environment, clock_, signing_secret(environment)).text(), Error);
  holds_in_file(std::string(32, 'a') + "\n");
  EXPECT_EQ(SecretText(environment, clock_, signing_secret(environment)).text(), std::string(32, 'a'));
}

}  // namespace
}  // namespace wsdeep::handlers
