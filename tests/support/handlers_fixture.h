#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "aws/connections_api.h"
#include "aws/dynamodb.h"
#include "aws/lambda.h"
#include "base/encoding.h"
#include "handlers/dynamo_chats.h"
#include "handlers/dynamo_connections.h"
#include "handlers/dynamo_rooms.h"
#include "handlers/replies.h"
#include "support/dynamodb_fixture.h"
#include "support/server_fixture.h"

namespace wsdeep::testing {

/// What the handlers call, on one loopback port: the emulated DynamoDB, @connections and Lambda, which take what comes
/// and remember it. Every call has a name, such as `UpdateItem`, `post` or `invoke`.
class Cloud {
 public:
  explicit Cloud(const Clock& clock)
      : database_(folder_.path() / "cloud.db"),
        dynamodb_(database_, clock),
        server_([this](const std::shared_ptr<net::HttpExchange>& exchange) { answer(*exchange); }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  /// What the next calls of that name come to, one after another, before all is well again.
  enum class Fault {
    kNone,
    kFails,       ///< 503, not done
    kAnswerLost,  ///< 503, and done
    kGone,        ///< 410
    kThrottled,   ///< 429
  };
  void will(const std::string& name, std::vector<Fault> faults) {
    const std::lock_guard lock(mutex_);
    faults_[name] = {faults.begin(), faults.end()};
  }
  std::map<std::string, int> take_counts() {
    const std::lock_guard lock(mutex_);
    return std::exchange(counts_, {});
  }
  int count(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return counts_[name];
  }
  /// Connection id and frame of every post that was done.
  std::vector<std::pair<std::string, std::string>> take_posts() {
    const std::lock_guard lock(mutex_);
    return std::exchange(posts_, {});
  }
  /// Name and body of every call of the tables.
  std::vector<std::pair<std::string, json>> take_table_calls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(table_calls_, {});
  }
  std::vector<std::string> take_invocations() {
    const std::lock_guard lock(mutex_);
    return std::exchange(invocations_, {});
  }

  /// A call of DynamoDB's, past the faults and the counting.
  json table(const std::string& operation, const json& body) {
    net::HttpResponse response;
    server_.thread().on_loop([&] { response = dynamodb_.handle(request_of(operation, body.dump())); });
    if (response.status != 200) throw std::runtime_error(operation + ": " + response.body);
    return json::parse(response.body);
  }
  void sweep(SystemTime now) {
    server_.thread().on_loop([&] { dynamodb_.sweep_expired(now); });
  }

 private:
  static std::string name_of(const net::HttpRequest& request) {
    if (const auto target = net::header(request.headers, "X-Amz-Target")) return target->substr(target->find('.') + 1);
    return request.target.find("connections") != std::string::npos ? "post" : "invoke";
  }

  void answer(net::HttpExchange& exchange) {
    const net::HttpRequest& request = exchange.request();
    const std::string name = name_of(request);
    const std::lock_guard lock(mutex_);
    ++counts_[name];
    auto& faults = faults_[name];
    if (faults.empty()) return exchange.respond(perform(name, request));
    const Fault fault = faults.front();
    faults.pop_front();
    if (fault == Fault::kNone) return exchange.respond(perform(name, request));
    if (fault == Fault::kAnswerLost) perform(name, request);
    exchange.respond({fault == Fault::kGone ? 410 : fault == Fault::kThrottled ? 429 : 503, {}, ""});
  }

  net::HttpResponse perform(const std::string& name, const net::HttpRequest& request) {
    if (name == "post") {
      const std::size_t slash = request.target.rfind('/');
      posts_.emplace_back(percent_decode(request.target.substr(slash + 1)).value(), request.body);
      return {200, {}, ""};
    }
    if (name != "invoke") {
      table_calls_.emplace_back(name, json::parse(request.body));
      return dynamodb_.handle(request);
    }
    invocations_.push_back(request.body);
    return {202, {}, ""};
  }

  TemporaryFolder folder_;
  local::Database database_;
  local::DynamoDbService dynamodb_;
  std::mutex mutex_;
  std::map<std::string, std::deque<Fault>> faults_;
  std::map<std::string, int> counts_;
  std::vector<std::pair<std::string, std::string>> posts_;
  std::vector<std::string> invocations_;
  std::vector<std::pair<std::string, json>> table_calls_;
  test::TestServer server_;  // last: its thread uses all of the above
};

/// The adapters of the handlers over a cloud of their own, with the tables that the templates make.
class HandlersTest : public ::testing::Test {
 protected:
  HandlersTest() {
    cloud_.table("CreateTable", json::parse(R"({
      "TableName":"chats","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"chatId","AttributeType":"S"},{"AttributeName":"itemKey","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"chatId","KeyType":"HASH"},{"AttributeName":"itemKey","KeyType":"RANGE"}]})"));
    cloud_.table("UpdateTimeToLive", json::parse(R"({
      "TableName":"chats","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}})"));
    cloud_.table("CreateTable", json::parse(R"({
      "TableName":"rooms","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"room","AttributeType":"S"},{"AttributeName":"connectionId","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"room","KeyType":"HASH"},{"AttributeName":"connectionId","KeyType":"RANGE"}]})"));
    cloud_.table("CreateTable", json::parse(R"({
      "TableName":"connections","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"connectionId","AttributeType":"S"},{"AttributeName":"userId","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"connectionId","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"UserIdIndex","Projection":{"ProjectionType":"ALL"},
        "KeySchema":[{"AttributeName":"userId","KeyType":"HASH"}]}]})"));
  }

  aws::ClientOptions options() const {
    aws::ClientOptions options;
    options.region = "eu-west-1";
    options.endpoint = cloud_.url();
    options.retry = {3, std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
    return options;
  }
  /// As another invocation of the function has them.
  /// Of an invocation of its own, unless it is an attempt at a named one.
  handlers::DynamoChats new_chats(const std::string& request_id = random_uuid()) {
    return {db_, "chats", kRetention, clock_, context_, request_id};
  }

  json item(const std::string& chat_id, const std::string& item_key) {
    const json answer = cloud_.table(
        "GetItem", {{"TableName", "chats"}, {"Key", {{"chatId", {{"S", chat_id}}}, {"itemKey", {{"S", item_key}}}}}});
    return answer.value("Item", json());
  }
  void remove_item(const std::string& chat_id, const std::string& item_key) {
    cloud_.table("DeleteItem",
                 {{"TableName", "chats"}, {"Key", {{"chatId", {{"S", chat_id}}}, {"itemKey", {{"S", item_key}}}}}});
  }
  std::int64_t ttl(const std::string& chat_id, const std::string& item_key) {
    return std::stoll(item(chat_id, item_key).at("ttl").at("N").get<std::string>());
  }

  static constexpr std::chrono::seconds kRetention{86'400};
  ManualClock clock_;
  Cloud cloud_{clock_};
  net::HttpClient http_;
  aws::StaticCredentials credentials_{{"AKID", "secret", "", std::nullopt}};
  aws::CallContext context_;
  aws::DynamoDb db_{http_, options(), credentials_, clock_};
  aws::ConnectionsApi api_{http_, options(), credentials_, clock_};
  aws::Lambda lambda_{http_, options(), credentials_, clock_};
  std::string callback_url_ = cloud_.url() + "/dev";
  handlers::DynamoChats chats_{db_, "chats", kRetention, clock_, context_, "r-1"};
  handlers::DynamoConnections connections_{db_, "connections", context_};
  handlers::DynamoRooms rooms_{db_, "rooms", "connections", context_};
  handlers::ApiReplies replies_{api_, callback_url_, context_};
  handlers::LambdaGenerations generations_{lambda_, "generate", callback_url_, context_};
};

}  // namespace wsdeep::testing
