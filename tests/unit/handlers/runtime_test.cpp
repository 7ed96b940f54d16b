#include "handlers/runtime.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"

namespace wsdeep::handlers {
namespace {

/// Serves what the scripted Runtime API gives, until it hangs up.
class RuntimeTest : public ::testing::Test {
 protected:
  class Scripted final : public Function {
   public:
    explicit Scripted(const std::function<std::string(const Call&)>& answer) : answer_(answer) {}
    std::string answer(const Call& call) override { return answer_(call); }

   private:
    const std::function<std::string(const Call&)>& answer_;
  };

  int run(const std::function<std::string(const Call&)>& answer) {
    server_.expect(200, "payload",
                   {{"Lambda-Runtime-Aws-Request-Id", "r-1"}, {"Lambda-Runtime-Deadline-Ms", deadline()}});
    server_.expect(202, "");
    server_.expect_and_hang_up();
    server_.expect_and_hang_up();  // libcurl asks once more on a connection of its own
    const Env env(std::map<std::string, std::string, std::less<>>{
        {"AWS_LAMBDA_RUNTIME_API", server_.url().substr(sizeof "http://" - 1)}});
    return serve(env, clock_, [&] { return std::make_unique<Scripted>(answer); });
  }
  std::string deadline() const { return std::to_string(epoch_ms(clock_.now()) + 5'000); }
  net::HttpRequest told() const { return server_.requests().at(1); }

  testing::ManualClock clock_;
  testing::ScriptedHttpServer server_;
};

TEST_F(RuntimeTest, AnswersAnInvocationWithItsDeadline) {
  EXPECT_EQ(run([&](const Call& call) {
              EXPECT_EQ(call.invocation.payload, "payload");
              EXPECT_EQ(call.deadline, clock_.steady_now() + std::chrono::seconds(5));
              return std::string("answer");
            }),
            1);
  EXPECT_EQ(told().target, "/2018-06-01/runtime/invocation/r-1/response");
  EXPECT_EQ(told().body, "answer");
}

TEST_F(RuntimeTest, TellsAFailureInItsOwnWords) {
  run([](const Call&) -> std::string { throw FunctionFailure("Unauthorized", "Function.Unauthorized"); });
  EXPECT_EQ(told().target, "/2018-06-01/runtime/invocation/r-1/error");
  EXPECT_EQ(net::header(told().headers, "Lambda-Runtime-Function-Error-Type"), "Function.Unauthorized");
  EXPECT_NE(told().body.find(R"("errorMessage":"Unauthorized")"), std::string::npos);
}

TEST_F(RuntimeTest, SurvivesAnyOtherFailure) {
  run([](const Call&) -> std::string { throw Error(ErrorKind::kFailure, "table failed"); });
  EXPECT_EQ(net::header(told().headers, "Lambda-Runtime-Function-Error-Type"), "Function.Error");
  EXPECT_NE(told().body.find("table failed"), std::string::npos);
}

}  // namespace
}  // namespace wsdeep::handlers
