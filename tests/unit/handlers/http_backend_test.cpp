#include "handlers/http_backend.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "handlers/backend_notices.h"
#include "handlers/dynamo_backend_connections.h"
#include "support/handlers_fixture.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"
#include "wire/backend_signature.h"

namespace wsdeep::handlers {
namespace {

using Fault = chat::BackendReply::Fault;

using Variables = std::map<std::string, std::string, std::less<>>;

class HttpBackendTest : public ::testing::Test {
 protected:
  HttpBackendTest() { std::ofstream(folder_.path() / "secret") << std::string(32, 'k') << "\n"; }

  Env env(Variables more = {}) {
    more.insert({{"BACKEND_URL", server_.url() + "/base/"}, {"BACKEND_TIMEOUT_MS", "2000"}});
    return Env(std::move(more));
  }
  net::HttpRequest sent(Variables variables) {
    const Env environment = env(std::move(variables));
    BackendLink link(environment, clock_);
    server_.expect(200, "{}");
    EXPECT_EQ(HttpBackend(link, wire_, clock_, context_).send(request_).status, 200);
    return server_.last_request();
  }
  static std::string value(const net::HttpRequest& request, std::string_view name) {
    return net::header(request.headers, name).value_or("");
  }

  SystemClock clock_;
  TemporaryFolder folder_;
  testing::ScriptedHttpServer server_;
  BackendWire wire_;
  aws::CallContext context_;
  chat::BackendRequest request_{"POST", "/api/ws/message", "{}", {"c=", "s-1", "u-1"}, "TOKEN"};
};

TEST_F(HttpBackendTest, SaysWhoItIsAndSignsIt) {
  const net::HttpRequest request = sent({{"BACKEND_SECRET_FILE", (folder_.path() / "secret").string()},
                                         {"BACKEND_HEADERS", R"({"X-Api-Version":"2"})"},
                                         {"PUSH_URL", "https://push.example.com/"}});
  EXPECT_EQ(request.target, "/base/api/ws/message");
  EXPECT_EQ(value(request, "X-Api-Version"), "2");
  EXPECT_EQ(value(request, "X-Connection-Id"), "c=");
  EXPECT_EQ(value(request, "X-Session-Id"), "s-1");
  EXPECT_EQ(value(request, "X-User-Id"), "u-1");
  EXPECT_EQ(value(request, "X-Push-Url"), "https://push.example.com/push/c=");
  EXPECT_EQ(value(request, "Authorization"), "Bearer TOKEN");
  const std::string headers =
      "authorization:Bearer TOKEN\nx-connection-id:c=\nx-push-url:https://push.example.com/push/c=\n"
      "x-session-id:s-1\nx-user-id:u-1\n";
  EXPECT_EQ(wire::check_backend_signature(std::string(32, 'k'), {"POST", "/api/ws/message", "{}", headers},
                                          value(request, "X-Wsdeep-Timestamp"), value(request, "X-Wsdeep-Signature"),
                                          epoch_seconds(clock_.now())),
            wire::SignatureVerdict::kGood);
}

TEST_F(HttpBackendTest, SendsNothingThatDoesNotSayWhoItIs) {
  const Env environment = env();
  BackendLink link(environment, clock_);
  request_.client.user_id = "u\r\nX-User-Id: root";
  EXPECT_THROW(HttpBackend(link, wire_, clock_, context_).send(request_), Error);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(HttpBackendTest, SignsNothingWithoutASecret) {
  const net::HttpRequest request = sent({});
  EXPECT_EQ(value(request, "X-Wsdeep-Signature"), "");
  EXPECT_EQ(value(request, "X-Push-Url"), "");
}

TEST_F(HttpBackendTest, LeavesABackendAloneThatIsDown) {
  const Env environment = env();
  BackendLink link(environment, clock_);
  HttpBackend backend(link, wire_, clock_, context_);
  for (int i = 0; i < 5; ++i) {
    server_.expect(503, "down");
    EXPECT_EQ(backend.send(request_).status, 503);
  }
  EXPECT_STREQ(link.state(), "open");
  const chat::BackendReply reply = backend.send(request_);
  EXPECT_EQ(reply.fault, Fault::kShut);
  EXPECT_GT(reply.retry_after.count(), 0);
}

TEST_F(HttpBackendTest, TellsNobodyThereFromAnAnswerThatIsTooLarge) {
  const Env nowhere(Variables{{"BACKEND_URL", "http://127.0.0.1:1"}});
  BackendLink dead(nowhere, clock_);
  EXPECT_EQ(HttpBackend(dead, wire_, clock_, context_).send(request_).fault, Fault::kRefused);
  const Env environment = env();
  BackendLink link(environment, clock_);
  server_.expect(200, std::string(131'073, 'x'));
  EXPECT_EQ(HttpBackend(link, wire_, clock_, context_).send(request_).fault, Fault::kTooLarge);
  EXPECT_STREQ(link.state(), "closed");
}

TEST_F(HttpBackendTest, EndsWithItsInvocation) {
  const Env environment = env();
  BackendLink link(environment, clock_);
  const aws::CallContext over{clock_.steady_now() + std::chrono::milliseconds(50), {}};
  HttpBackend backend(link, wire_, clock_, over);
  EXPECT_EQ(backend.send(request_).fault, Fault::kTimeout);
  EXPECT_FALSE(backend.pause(std::chrono::milliseconds(1)));
}

TEST_F(HttpBackendTest, SignsAnewWhatWasRefusedWhenItsSecretHasBeenReplaced) {
  const Env environment = env({{"BACKEND_SECRET_FILE", (folder_.path() / "secret").string()}});
  BackendLink link(environment, clock_);
  HttpBackend backend(link, wire_, clock_, context_);
  server_.expect(401, "{}");
  EXPECT_EQ(backend.send(request_).status, 401) << "once, with the same secret";
  std::ofstream(folder_.path() / "secret") << std::string(32, 'n');
  server_.expect(401, "{}");
  server_.expect(200, "{}");
  EXPECT_EQ(backend.send(request_).status, 200);
  EXPECT_EQ(
      value(server_.last_request(), "X-Wsdeep-Signature"),
      wire::backend_signature(std::string(32, 'n'),
                              {"POST", "/api/ws/message", "{}", wire::signed_headers(server_.last_request().headers)},
                              value(server_.last_request(), "X-Wsdeep-Timestamp")));
}

TEST_F(HttpBackendTest, SignsByTheSecretBeforeWhatABackendRefusesThatHasNoOtherYet) {
  const Env environment = env({{"BACKEND_SECRET_FILE", (folder_.path() / "secret").string()}});
  BackendLink link(environment, clock_);
  EXPECT_EQ(link.secret.text(), std::string(32, 'k'));
  std::ofstream(folder_.path() / "secret") << std::string(32, 'n');
  EXPECT_EQ(link.secret.text(true), std::string(32, 'n'));
  server_.expect(401, "{}");
  server_.expect(200, "{}");
  HttpBackend backend(link, wire_, clock_, context_);
  EXPECT_EQ(backend.send(request_).status, 200);
  const net::HttpRequest last = server_.last_request();
  EXPECT_EQ(value(last, "X-Wsdeep-Signature"),
            wire::backend_signature(std::string(32, 'k'),
                                    {"POST", "/api/ws/message", "{}", wire::signed_headers(last.headers)},
                                    value(last, "X-Wsdeep-Timestamp")));
  server_.expect(401, "{}");
  server_.expect(401, "{}");
  EXPECT_EQ(backend.send(request_).status, 401) << "twice, and no more";
}

TEST_F(HttpBackendTest, LeavesTheBackendTheTimeThatReadingTheSecretHasLeft) {
  testing::ScriptedHttpServer manager;
  std::promise<void> over;
  manager.expect(200, R"({"SecretString":")" + std::string(32, 'k') + "\"}");
  manager.expect([end = over.get_future().share()](const net::HttpRequest&) {
    end.wait();
    return net::HttpResponse{500, {}, ""};
  });
  const Env environment = env({{"BACKEND_SECRET", "labs"},
                               {"AWS_REGION", "eu-west-1"},
                               {"AWS_ACCESS_KEY_ID", "AKID"},
                               {"AWS_SECRET_ACCESS_KEY", "key"},
                               {"AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.url()}});
  testing::ManualClock clock;
  BackendLink link(environment, clock);
  EXPECT_EQ(link.secret.text().size(), 32u);
  clock.advance(std::chrono::minutes(5));
  const aws::CallContext context{clock.steady_now() + std::chrono::milliseconds(900), {}};
  server_.expect(200, "{}");
  EXPECT_EQ(HttpBackend(link, wire_, clock, context).send(request_).status, 200);
  over.set_value();
}

TEST_F(HttpBackendTest, WantsASetupThatIsOne) {
  for (const auto& [name, text] : {std::pair{"BACKEND_TIMEOUT_MS", "30000"},
                                   {"BACKEND_CONNECT_TIMEOUT_MS", "soon"},
                                   {"BACKEND_HEADERS", "{\"a\":1}"},
                                   {"BACKEND_HEADERS", "{\"a b\":\"x\"}"},
                                   {"BACKEND_HEADERS", "[]"}}) {
    const Env environment(Variables{{"BACKEND_URL", "http://127.0.0.1:1"}, {name, text}});
    EXPECT_THROW(BackendSetup{environment}, Error) << name << " " << text;
  }
}

class DynamoBackendConnectionsTest : public testing::HandlersTest {
 protected:
  DynamoBackendConnectionsTest() {
    cloud_.table("CreateTable", testing::json::parse(R"({
      "TableName":"sessions","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"connectionId","AttributeType":"S"},{"AttributeName":"sessionId","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"connectionId","KeyType":"HASH"},{"AttributeName":"sessionId","KeyType":"RANGE"}]})"));
  }
  DynamoBackendConnections sessions_{db_, "sessions", context_};
};

TEST_F(DynamoBackendConnectionsTest, GiveBackWhatTheyWereGiven) {
  const chat::BackendConnection connection{{"c=", "s-1", "u-1"}, 1'700'000'000'123, 1'700'086'400};
  EXPECT_EQ(sessions_.find("c="), std::nullopt);
  sessions_.put(connection);
  EXPECT_EQ(sessions_.find("c="), connection);
  sessions_.remove(connection.client);
  EXPECT_EQ(sessions_.find("c="), std::nullopt);
}

TEST_F(DynamoBackendConnectionsTest, AreToldOfByAnAsynchronousInvocation) {
  LambdaNotices(lambda_, "backend", context_).leave({"c=", "s-1", "u-1"});
  EXPECT_EQ(cloud_.take_invocations(),
            std::vector<std::string>{R"({"disconnected":{"connectionId":"c=","sessionId":"s-1","userId":"u-1"}})"});
}

TEST_F(DynamoBackendConnectionsTest, AreKeptInTheQueueWhenTheWordCannotBeHandedOn) {
  testing::ScriptedHttpServer queue;
  aws::ClientOptions to_queue = options();
  to_queue.endpoint = queue.url();
  aws::Sqs queues(http_, to_queue, credentials_, clock_);
  LambdaNotices first(lambda_, "backend", context_);
  QueuedNotices notices(first, queues, "https://sqs.example/untold", context_);
  const chat::BackendConnection connection{{"c=", "s-1", "u-1"}, 1, 2};
  sessions_.put(connection);
  EXPECT_EQ(chat::leave_session("c=", sessions_, notices).client, connection.client);
  EXPECT_EQ(cloud_.take_invocations().size(), 1u);
  EXPECT_EQ(notices.cause(), "");
  sessions_.put(connection);
  using CloudFault = testing::Cloud::Fault;
  cloud_.will("invoke", {CloudFault::kThrottled, CloudFault::kThrottled, CloudFault::kThrottled});
  queue.expect(200, R"({"MessageId":"m-1"})");
  EXPECT_EQ(chat::leave_session("c=", sessions_, notices).client, connection.client);
  EXPECT_EQ(testing::json::parse(testing::json::parse(queue.last_request().body).at("MessageBody").get<std::string>()),
            testing::json::parse(R"({"requestContext":{"condition":"NotHandedOn"},
              "requestPayload":{"disconnected":{"connectionId":"c=","sessionId":"s-1","userId":"u-1"}}})"));
  EXPECT_NE(notices.cause(), "");
  EXPECT_EQ(sessions_.find("c="), std::nullopt) << "the queue has it";
  sessions_.put(connection);
  cloud_.will("invoke", {CloudFault::kFails, CloudFault::kFails, CloudFault::kFails});
  for (int i = 0; i < 3; ++i) queue.expect(503, "{}");
  EXPECT_THROW(chat::leave_session("c=", sessions_, notices), Error);
  EXPECT_EQ(sessions_.find("c="), connection) << "nobody has it";
}

}  // namespace
}  // namespace wsdeep::handlers
