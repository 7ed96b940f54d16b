#include "handlers/runtime.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"
#include "support/server_fixture.h"

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

/// A Runtime API with one invocation, whose answer may be streamed.
class StreamingRuntime : public ::testing::Test {
 protected:
  class Function final : public handlers::Function {
   public:
    explicit Function(std::function<std::string(const Call&)> answer) : answer_(std::move(answer)) {}
    std::string answer(const Call& call) override { return answer_(call); }

   private:
    std::function<std::string(const Call&)> answer_;
  };

  void run(const std::function<std::string(const Call&)>& answer) {
    const Env env(std::map<std::string, std::string, std::less<>>{
        {"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + std::to_string(server_.port())}});
    serve(env, clock_, [&] { return std::make_unique<Function>(answer); });
  }

  void on_request(const std::shared_ptr<net::HttpExchange>& exchange) {
    const net::HttpRequest& request = exchange->request();
    if (request.method == "GET") {
      const std::string deadline = std::to_string(epoch_ms(clock_.now()) + 5'000);
      return exchange->respond({asked_++ == 0 ? 200 : 500,
                                {{"Lambda-Runtime-Aws-Request-Id", "r-1"}, {"Lambda-Runtime-Deadline-Ms", deadline}},
                                "payload"});
    }
    target_ = request.target + " " + net::header(request.headers, "Content-Type").value_or("");
    if (refuse_) return exchange->respond({410, {}, ""});
    exchange->on_body([this, exchange](const std::string& piece, const net::Headers* all) {
      body_ += piece;
      if (all == nullptr) return;
      trailer_ = net::header(*all, "Lambda-Runtime-Function-Error-Type").value_or("");
      exchange->respond({202, {}, ""});
    });
  }

  static net::ServerOptions options() {
    net::ServerOptions options;
    options.at_head = [](const net::HttpRequest& head) {
      return net::header(head.headers, "Lambda-Runtime-Function-Response-Mode") == "streaming";
    };
    return options;
  }

  testing::ManualClock clock_;
  int asked_ = 0;
  bool refuse_ = false;
  std::string target_, body_, trailer_;
  test::TestServer server_{[this](const auto& exchange) { on_request(exchange); }, options()};
};

TEST_F(StreamingRuntime, SendsAnAnswerAsItComes) {
  run([](const Call& call) -> std::string {
    AnswerSink& sink = call.stream("text/x");
    EXPECT_TRUE(sink.write("one "));
    EXPECT_TRUE(sink.write("two"));
    return "dropped";
  });
  EXPECT_EQ(target_, "/2018-06-01/runtime/invocation/r-1/response text/x");
  EXPECT_EQ(body_, "one two");
  EXPECT_EQ(trailer_, "");
}

TEST_F(StreamingRuntime, TellsAFailureBehindWhatWasSent) {
  run([](const Call& call) -> std::string {
    call.stream("text/x").write("half");
    throw FunctionFailure("no more", "Function.Half");
  });
  EXPECT_EQ(body_, "half");
  EXPECT_EQ(trailer_, "Function.Half");
}

/// Which would cut the first one, and be refused itself.
TEST_F(StreamingRuntime, BeginsNoSecondStream) {
  run([](const Call& call) -> std::string {
    call.stream("text/x").write("one");
    EXPECT_THROW(call.stream("text/y"), std::logic_error);
    return "";
  });
  EXPECT_EQ(target_, "/2018-06-01/runtime/invocation/r-1/response text/x");
  EXPECT_EQ(body_, "one");
  EXPECT_EQ(trailer_, "");
}

TEST_F(StreamingRuntime, HearsThatNobodyTakesIt) {
  refuse_ = true;
  run([](const Call& call) -> std::string {
    AnswerSink& sink = call.stream("text/x");
    while (sink.write("x")) {
    }
    EXPECT_FALSE(sink.write(""));
    return "";
  });
}

}  // namespace
}  // namespace wsdeep::handlers
