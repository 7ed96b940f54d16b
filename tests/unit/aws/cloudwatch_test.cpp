#include "aws/cloudwatch.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using CloudWatchTest = testing::AwsClientTest<CloudWatch, 2>;

TEST_F(CloudWatchTest, AsksForAlarmsByNameAndReadsTheirStates) {
  answer("DescribeAlarms",
         "<MetricAlarms><member><AlarmName>a b</AlarmName><StateValue>ALARM</StateValue><StateReason>Threshold &lt; 1"
         "</StateReason></member><member><AlarmName>c</AlarmName><StateValue>INSUFFICIENT_DATA</StateValue></member>"
         "</MetricAlarms><CompositeAlarms/>");
  const auto alarms = client_.describe_alarms({"a b", "c", "gone"});
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_EQ(alarms[0].name, "a b");
  EXPECT_EQ(alarms[0].state, "ALARM");
  EXPECT_EQ(alarms[0].reason, "Threshold < 1");
  EXPECT_EQ(alarms[1].state, "INSUFFICIENT_DATA");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeAlarms&Version=2010-08-01&MaxRecords=100&AlarmNames.member.1=a%20b&AlarmNames.member.2=c"
            "&AlarmNames.member.3=gone");
  EXPECT_TRUE(is_signed_for("monitoring"));
}

TEST_F(CloudWatchTest, ReadsTheNewestValueOfEachMetric) {
  answer(
      "GetMetricData",
      "<MetricDataResults><member><Id>q1</Id><Label>Load</Label><StatusCode>Complete</StatusCode><Timestamps><member>"
      "2024-02-19T07:11:00Z</member><member>2024-02-19T07:10:00Z</member></Timestamps><Values><member>0.75</member>"
      "<member>0.5</member></Values></member><member><Id>q0</Id><Timestamps/><Values/></member>"
      "<member><Id>q7</Id><Values><member>1</member></Values></member></MetricDataResults>");
  const auto question = [](const char* id) {
    return MetricQuestion{"wsdeep/node", "Load", {{"AutoScalingGroupName", "nodes"}, {"InstanceId", id}}};
  };
  const auto values = client_.newest_values({question("i-1"), question("i-2")}, clock_.now(), std::chrono::minutes(5));
  EXPECT_EQ(values, (std::vector<std::optional<double>>{std::nullopt, 0.75}));
  const std::string body = server_.last_request().body;
  EXPECT_NE(
      body.find("&ScanBy=TimestampDescending&MetricDataQueries.member.1.Id=q0&MetricDataQueries.member.1.MetricStat"
                ".Metric.Namespace=wsdeep%2Fnode&MetricDataQueries.member.1.MetricStat.Metric.MetricName=Load"
                "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=AutoScalingGroupName"
                "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=nodes"),
      std::string::npos)
      << body;
}

TEST_F(CloudWatchTest, PutsDataByTheSecond) {
  server_.expect(200,
                 "<PutMetricDataResponse><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
                 "</PutMetricDataResponse>");
  client_.put_metric_data(
      "wsdeep/node",
      {{"Load", 0.25, "None", {{"AutoScalingGroupName", "a b"}}},
       {"TimeToFirstTokenP50", 31.5, "Milliseconds", {{"AutoScalingGroupName", "a b"}, {"InstanceId", "i-1"}}}},
      parse_iso8601("2024-02-19T07:11:42Z"));
  EXPECT_EQ(
      server_.last_request().body,
      "Action=PutMetricData&Version=2010-08-01&Namespace=wsdeep%2Fnode&MetricData.member.1.MetricName=Load"
      "&MetricData.member.1.Dimensions.member.1.Name=AutoScalingGroupName"
      "&MetricData.member.1.Dimensions.member.1.Value=a%20b&MetricData.member.1.Timestamp=2024-02-19T07%3A11%3A42Z"
      "&MetricData.member.1.Value=0.25&MetricData.member.1.Unit=None&MetricData.member.1.StorageResolution=1"
      "&MetricData.member.2.MetricName=TimeToFirstTokenP50"
      "&MetricData.member.2.Dimensions.member.1.Name=AutoScalingGroupName"
      "&MetricData.member.2.Dimensions.member.1.Value=a%20b&MetricData.member.2.Dimensions.member.2.Name=InstanceId"
      "&MetricData.member.2.Dimensions.member.2.Value=i-1&MetricData.member.2.Timestamp=2024-02-19T07%3A11%3A42Z"
      "&MetricData.member.2.Value=31.5&MetricData.member.2.Unit=Milliseconds&MetricData.member.2.StorageResolution=1");
  EXPECT_TRUE(is_signed_for("monitoring"));
}

TEST_F(CloudWatchTest, ReportsMissingPermission) {
  refuse(403, "AccessDenied", "User: alice is not authorized to perform: cloudwatch:DescribeAlarms");
  const ServiceError error = refusal_of([this] { client_.describe_alarms({"a"}); });
  EXPECT_EQ(error.kind(), ErrorKind::kRefused);
  EXPECT_NE(error.hint().find("cloudwatch:DescribeAlarms"), std::string::npos) << error.hint();
}

}  // namespace
}  // namespace wsdeep::aws
