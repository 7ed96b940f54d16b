#include "aws/instance_metadata.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/scripted_http_server.h"

namespace wsdeep::aws {
namespace {

class InstanceMetadataService : public ::testing::Test {
 protected:
  /// What stands at the three places, in the order in which they are asked; nothing for 404.
  void expect(std::initializer_list<std::optional<std::string>> values) {
    for (const auto& value : values) value ? server_.expect(200, *value) : server_.expect(404, "");
  }
  InstanceNotices read() { return read_instance_notices(metadata_); }

  testing::ScriptedHttpServer server_;
  net::HttpClient http_;
  Env env_{{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server_.url() + "//"}}};
  InstanceMetadata metadata_{http_, env_};
};

TEST_F(InstanceMetadataService, TellsNothingOfAnInstanceThatStays) {
  server_.expect(200, "a-token\n");
  expect({std::nullopt, std::nullopt, std::nullopt});
  EXPECT_EQ(read(), InstanceNotices{});
  EXPECT_EQ(server_.requests().front().method, "PUT");
  EXPECT_EQ(server_.last_request().target, "/latest/meta-data/autoscaling/target-lifecycle-state");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-aws-ec2-metadata-token"), "a-token");
}

TEST_F(InstanceMetadataService, ReadsWhatEc2AndAutoScalingMeanToDo) {
  server_.expect(200, "a-token");
  expect({R"({"action": "stop", "time": "2017-09-18T08:22:00Z"})", R"({"noticeTime": "2020-10-26T21:47:47Z"})",
          "Standby\n"});
  const InstanceNotices notices = read();
  EXPECT_EQ(notices.spot, (SpotNotice{"stop", parse_iso8601("2017-09-18T08:22:00Z")}));
  EXPECT_TRUE(notices.rebalance);
  EXPECT_EQ(notices.target_state, "Standby");
}

TEST_F(InstanceMetadataService, TakesANoticeThatItCannotReadForOne) {
  server_.expect(200, "a-token");
  for (const char* text : {"", "<html>", R"({"action": 1})", R"({"action": "stop", "time": "soon"})"}) {
    expect({text, std::nullopt, std::nullopt});
    EXPECT_EQ(read().spot, (SpotNotice{"interrupt", std::nullopt})) << text;
  }
}

TEST_F(InstanceMetadataService, OpensAnotherSessionWhenOneHasRunOut) {
  server_.expect(200, "first");
  server_.expect(401, "");
  server_.expect(200, "second");
  expect({std::nullopt, std::nullopt, "Terminated"});
  EXPECT_EQ(read().target_state, "Terminated");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-aws-ec2-metadata-token"), "second");
}

TEST_F(InstanceMetadataService, SaysThatItIsNone) {
  server_.expect(403, "no");
  EXPECT_THROW(read(), Error);
  server_.expect(200, "a-token");
  server_.expect(500, "");
  EXPECT_THROW(read(), Error);
}

}  // namespace
}  // namespace wsdeep::aws
