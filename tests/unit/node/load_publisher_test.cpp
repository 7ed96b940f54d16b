#include "node/load_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "support/scripted_http_server.h"

namespace wsdeep::node {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Reading reading(double load, int running) {
  Reading one;
  one.well = true;
  one.load = load;
  one.running = running;
  return one;
}

/// `Metric value unit dimension=value …`
std::vector<std::string> lines(const std::vector<aws::MetricDatum>& data) {
  std::vector<std::string> out;
  for (const aws::MetricDatum& one : data) {
    std::string line = fmt::format("{} {} {}", one.metric, one.value, one.unit);
    for (const auto& [name, value] : one.dimensions) line += fmt::format(" {}={}", name, value);
    out.push_back(line);
  }
  return out;
}

TEST(LoadPublisher, PublishesMeansUnderTheGroupAndUnderTheInstance) {
  EXPECT_THAT(
      lines(data_of({reading(0.25, 1), reading(0.75, 3)}, "g", "i-1")),
      ElementsAre("Load 0.5 None AutoScalingGroupName=g", "Running 2 Count AutoScalingGroupName=g",
                  "Waiting 0 Count AutoScalingGroupName=g", "Load 0.5 None AutoScalingGroupName=g InstanceId=i-1",
                  "Running 2 Count AutoScalingGroupName=g InstanceId=i-1",
                  "Waiting 0 Count AutoScalingGroupName=g InstanceId=i-1"));
}

TEST(LoadPublisher, LeavesOutTheInstanceThatItDoesNotKnow) {
  EXPECT_EQ(data_of({reading(0.25, 1)}, "g", "").size(), 3u);
}

TEST(LoadPublisher, TellsTheNewestTimesInMilliseconds) {
  Reading one = reading(0, 0);
  one.ttft_p50_us = 31'500;
  one.ttft_p99_us = 2'000'000;
  const auto said = lines(data_of({reading(0, 0), one}, "g", ""));
  EXPECT_THAT(said, Contains("TimeToFirstTokenP50 31.5 Milliseconds AutoScalingGroupName=g"));
  EXPECT_THAT(said, Contains("TimeToFirstTokenP99 2000 Milliseconds AutoScalingGroupName=g"));
}

TEST(LoadPublisher, TakesAFullCacheForAFullNode) {
  Reading one = reading(0.25, 1);
  one.kv_use = 0.9;
  EXPECT_EQ(utilisation(one), 0.9);
  one.kv_use = 0.1;
  EXPECT_EQ(utilisation(one), 0.25);
}

TEST(LoadPublisher, SaysNothingOfANodeWithoutAnEngine) {
  Reading dead = reading(0, 0);
  dead.well = false;
  EXPECT_THAT(data_of({reading(1, 4), dead}, "g", "i-1"), IsEmpty());
  EXPECT_THAT(data_of({}, "g", "i-1"), IsEmpty());
  EXPECT_EQ(data_of({dead, reading(1, 4)}, "g", "").front().value, 1);
}

TEST(LoadPublisher, KeepsADrainingNodeOutOfTheGroupsMean) {
  Reading going = reading(0.25, 1);
  going.draining = true;
  EXPECT_THAT(lines(data_of({going}, "g", "i-1")), Each(HasSubstr("InstanceId=i-1")));
}

PublisherOptions options(const testing::ScriptedHttpServer& server) {
  PublisherOptions publisher;
  publisher.group = "g";
  publisher.client.region = "eu-west-1";
  publisher.client.endpoint = server.url();
  publisher.client.retry.max_attempts = 1;
  publisher.sample_interval = 1ms;
  publisher.samples = 3;
  return publisher;
}

/// Answers `count` puts, the last one with the promise kept.
std::future<void> expect_puts(testing::ScriptedHttpServer& server, const std::vector<int>& statuses) {
  auto done = std::make_shared<std::promise<void>>();
  for (std::size_t i = 0; i < statuses.size(); ++i)
    server.expect([done, status = statuses[i], last = i + 1 == statuses.size()](const net::HttpRequest&) {
      if (last) done->set_value();
      return status == 200 ? net::HttpResponse{200, {}, "<PutMetricDataResponse/>"}
                           : net::HttpResponse{
                                 status, {}, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"};
    });
  return done->get_future();
}

TEST(LoadPublisher, PutsSoManySamplesTogether) {
  testing::ScriptedHttpServer server;
  auto put = expect_puts(server, {200});
  aws::StaticCredentials credentials({"AKID", "secret", "", std::nullopt});
  std::atomic<int> asked = 0;
  std::promise<void> enough;
  {
    LoadPublisher publisher(
        options(server), credentials, [](net::HttpClient&) { return "i-1"; },
        [&] {
          // Nothing more is put once the node is unwell.
          Reading one = reading(0.5, 2);
          one.well = ++asked <= 3;
          return one;
        });
    ASSERT_EQ(put.wait_for(10s), std::future_status::ready);
  }
  const std::string body = server.last_request().body;
  EXPECT_THAT(body, HasSubstr("Namespace=wsdeep%2Fnode"));
  EXPECT_THAT(body, HasSubstr("MetricData.member.4.Dimensions.member.2.Value=i-1"));
  EXPECT_THAT(body, Not(HasSubstr("member.7.")));
}

TEST(LoadPublisher, GoesOnAfterAFailureAndLogsItOnce) {
  testing::ScriptedHttpServer server;
  auto put = expect_puts(server, {403, 403, 200});
  aws::StaticCredentials credentials({"AKID", "secret", "", std::nullopt});
  std::atomic<int> asked = 0;
  ::testing::internal::CaptureStderr();
  {
    LoadPublisher publisher(
        options(server), credentials, [](net::HttpClient&) { return ""; },
        [&] {
          Reading one = reading(0.5, 2);
          one.well = ++asked <= 9;
          return one;
        });
    ASSERT_EQ(put.wait_for(10s), std::future_status::ready);
  }
  const std::string said = ::testing::internal::GetCapturedStderr();
  const auto first = said.find("does not reach CloudWatch");
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_EQ(said.find("does not reach CloudWatch", first + 1), std::string::npos) << said;
}

}  // namespace
}  // namespace wsdeep::node
