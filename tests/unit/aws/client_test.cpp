#include "aws/client.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/aws_client_test.h"
#include "support/silent_listener.h"

namespace wsdeep::aws {
namespace {

using net::TransportError;
using net::TransportFault;
using std::chrono::milliseconds;

constexpr const char* kThrottled = R"({"__type":"ThrottlingException","message":"slow down"})";

class ClientTest : public testing::AwsTest {
 protected:
  ClientOptions options_ = options(4);
  CallContext context_;
  Client::Request request_;

  ClientTest() : AwsTest("session") {
    request_.operation = "GetItem";
    request_.body = "{}";
  }
  net::HttpResponse send() {
    return Client(http_, options_, credentials_, "dynamodb", "dynamodb", clock_).send(request_, context_);
  }
  ServiceError service_error() {
    return refusal_of([&] { send(); });
  }
  TransportError transport_error() {
    return refusal_of<TransportError>([&] { send(); });
  }
};

TEST_F(ClientTest, SaysWhatWasAskedHowOftenWhenNobodyAnswers) {
  request_.retry_safe = true;
  for (int i = 0; i < 4; ++i) server_.expect_and_hang_up();
  const std::string what = transport_error().what();
  EXPECT_EQ(what.find("GetItem at dynamodb: cannot reach http://127.0.0.1:"), 0u) << what;
  EXPECT_NE(what.find(" (tried 4 times)"), std::string::npos) << what;
}

TEST_F(ClientTest, SendsASignedCallThatTheServerCanVerify) {
  server_.expect(200, "answer");
  Client client(http_, options_, credentials_, "dynamodb", "dynamodb", clock_);
  EXPECT_EQ(client.call_json("DynamoDB_20120810", "GetItem", "{\"a\":1}", "application/x-amz-json-1.0", true),
            "answer");
  const net::HttpRequest got = server_.last_request();
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(net::header(got.headers, "X-Amz-Target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(net::header(got.headers, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_TRUE(is_signed_for("dynamodb"));
}

TEST_F(ClientTest, SendsNoCredentialsWhenNotSigned) {
  server_.expect(200, "");
  request_.sign = false;
  send();
  EXPECT_EQ(net::header(server_.last_request().headers, "Authorization"), std::nullopt);
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Security-Token"), std::nullopt);
}

TEST_F(ClientTest, RetriesThrottlingAndServerFaultsUntilItWorks) {
  server_.expect(400, kThrottled);
  server_.expect(500, "");
  server_.expect(503, "");
  server_.expect(200, "at last");
  EXPECT_EQ(send().body, "at last");
}

TEST_F(ClientTest, GivesUpAfterTheLastAttempt) {
  for (int i = 0; i < 4; ++i) server_.expect(400, kThrottled);
  const ServiceError error = service_error();
  EXPECT_EQ(error.code(), "ThrottlingException");
  EXPECT_EQ(error.kind(), ErrorKind::kFailure);
}

TEST_F(ClientTest, DoesNotRetryWhatWouldFailAgain) {
  server_.expect(400, R"({"__type":"ValidationException"})");
  EXPECT_EQ(service_error().code(), "ValidationException");
}

TEST_F(ClientTest, RetriesABrokenConnectionOnlyWhenTheRequestMayBeRepeated) {
  server_.expect_and_hang_up();
  server_.expect(200, "");
  EXPECT_EQ(send().status, 200);
  request_.retry_safe = false;
  server_.expect_and_hang_up();  // on the kept connection: libcurl would send again, unasked
  EXPECT_EQ(transport_error().fault(), TransportFault::kBroken);
  server_.expect(500, "");
  EXPECT_EQ(service_error().status(), 500);
}

TEST_F(ClientTest, SpendsItsBudgetOnRetriesAndGetsBackWhatSucceeded) {
  options_.budget = std::make_shared<RetryBudget>();
  server_.expect(503, "");
  server_.expect(503, "");
  server_.expect(200, "");
  send();
  EXPECT_EQ(options_.budget->tokens(), 500 - 5 - 5 + 5);
  server_.expect(200, "");
  send();
  EXPECT_EQ(options_.budget->tokens(), 496);
}

TEST_F(ClientTest, DoesNotRetryWithoutABudget) {
  options_.budget = std::make_shared<RetryBudget>();
  while (options_.budget->take(true)) {
  }
  server_.expect(503, "");
  EXPECT_EQ(service_error().status(), 503);
}

TEST_F(ClientTest, RetriesThrottlingAlsoWhenTheRequestMayNotBeRepeated) {
  request_.retry_safe = false;
  server_.expect(429, "");
  server_.expect(200, "");
  EXPECT_EQ(send().status, 200);
}

TEST_F(ClientTest, TriesARefusedConnectionAgain) {
  {
    testing::ScriptedHttpServer gone;
    options_.endpoint = gone.url();
  }
  EXPECT_EQ(transport_error().fault(), TransportFault::kRefused);
}

TEST_F(ClientTest, DoesNotStartAfterTheDeadline) {
  context_.deadline = clock_.steady_now();
  const TransportError error = transport_error();
  EXPECT_EQ(error.fault(), TransportFault::kTimeout);
  EXPECT_STREQ(error.what(), "cannot GetItem at dynamodb: no time is left");
}

TEST_F(ClientTest, DoesNotWaitPastTheDeadlineAndSaysWhatWentWrong) {
  options_.retry.cap = milliseconds(60'000);
  context_.deadline = clock_.steady_now() + std::chrono::seconds(5);
  server_.expect(400, kThrottled, {{"Retry-After", "10"}});
  const TransportError error = transport_error();
  EXPECT_EQ(error.fault(), TransportFault::kTimeout);
  EXPECT_NE(std::string(error.what()).find("ThrottlingException"), std::string::npos);
}

TEST_F(ClientTest, WaitsAsLongAsTheServiceAsksUpToTheCap) {
  options_.retry = {2, milliseconds(1), milliseconds(40)};
  for (const net::Headers& headers : {net::Headers{{"Retry-After", "30"}}, {{"x-amz-retry-after", "30000"}}}) {
    server_.expect(503, "", headers);
    server_.expect(200, "");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(send().status, 200);
    EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(40));
  }
}

TEST_F(ClientTest, CutsTheTimeOutOfAnAttemptToTheDeadline) {
  options_.timeout = std::chrono::minutes(10);
  context_.deadline = clock_.steady_now() + milliseconds(50);
  std::promise<void> over;
  server_.expect([done = over.get_future().share()](const net::HttpRequest&) {
    done.wait();
    return net::HttpResponse{};
  });
  request_.retry_safe = false;
  EXPECT_EQ(transport_error().fault(), TransportFault::kTimeout);
  over.set_value();
}

TEST_F(ClientTest, EndsACallThatNobodyAnswersAtItsLimit) {
  const test::SilentListener silent;
  SystemClock clock;
  options_.endpoint = "http://127.0.0.1:" + std::to_string(silent.port());
  options_.timeout = milliseconds(40);
  options_.call_limit = milliseconds(100);
  options_.retry = {100, milliseconds(1), milliseconds(2)};
  const auto start = std::chrono::steady_clock::now();
  try {
    Client(http_, options_, credentials_, "dynamodb", "dynamodb", clock).send(request_);
    FAIL() << "somebody answered";
  } catch (const TransportError& error) {
    EXPECT_EQ(error.fault(), TransportFault::kTimeout);
    EXPECT_NE(std::string(error.what()).find(": timed out (tried "), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("GetItem at dynamodb: cannot reach "), 0U) << error.what();
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(90));
}

TEST_F(ClientTest, TellsOnceThatACallIsSlow) {
  std::promise<void> told;
  int times = 0;
  options_.slow_after = milliseconds(1);
  options_.on_slow = [&] {
    if (++times == 1) told.set_value();
  };
  server_.expect([done = told.get_future().share()](const net::HttpRequest&) {
    done.wait();
    return net::HttpResponse{500, {}, ""};
  });
  server_.expect(200, "");
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(times, 1);
}

TEST_F(ClientTest, SaysNothingOfACallThatIsNotSlow) {
  bool told = false;
  options_.slow_after = std::chrono::hours(1);
  options_.on_slow = [&] { told = true; };
  server_.expect(200, "");
  EXPECT_EQ(send().status, 200);
  EXPECT_FALSE(told);
}

TEST_F(ClientTest, CancelEndsTheWaitBetweenAttempts) {
  options_.retry = {2, milliseconds(1), std::chrono::hours(1)};
  std::stop_source stop;
  context_.cancel = stop.get_token();
  server_.expect([](const net::HttpRequest&) { return net::HttpResponse{503, {{"Retry-After", "3600"}}, ""}; });
  std::jthread canceller([&] {
    while (server_.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(transport_error().fault(), TransportFault::kCancelled);
}

}  // namespace
}  // namespace wsdeep::aws
