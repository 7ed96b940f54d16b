#include "aws/ec2.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class Ec2Test : public testing::AwsClientTest<Ec2, 1> {
 protected:
  /// The answer of EC2's own protocol, which has no result element.
  void answer_whole(const std::string& action, const std::string& content) {
    server_.expect(200, "<" + action +
                            "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r"
                            "</requestId>" +
                            content + "</" + action + "Response>");
  }
};

TEST_F(Ec2Test, ReadsInstancesPageByPage) {
  answer_whole(
      "DescribeInstances",
      "<reservationSet><item><reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>"
      "<instanceState><code>16</code><name>running</name></instanceState><instanceType>g6.xlarge</instanceType>"
      "<launchTime>2024-02-19T07:11:42.000Z</launchTime><instanceLifecycle>spot</instanceLifecycle></item>"
      "</instancesSet></item></reservationSet><nextToken>more</nextToken>");
  answer_whole(
      "DescribeInstances",
      "<reservationSet><item><instancesSet><item><instanceId>i-2</instanceId><instanceState><name>pending</name>"
      "</instanceState></item></instancesSet></item></reservationSet>");
  const auto found = client_.describe_instances({"i-1", "i-2"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id + " " + found[0].type + " " + found[0].state + " " + found[0].launched,
            "i-1 g6.xlarge running 2024-02-19T07:11:42.000Z");
  EXPECT_TRUE(found[0].spot);
  EXPECT_EQ(found[1].id + " " + found[1].state, "i-2 pending");
  EXPECT_FALSE(found[1].spot);
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-id&Filter.1.Value.1=i-1"
            "&Filter.1.Value.2=i-2&NextToken=more");
  EXPECT_TRUE(is_signed_for("ec2"));
}

TEST_F(Ec2Test, AsksNothingAboutNoInstances) {
  EXPECT_TRUE(client_.describe_instances({}).empty());
  EXPECT_TRUE(client_.spot_prices({}, clock_.now()).empty());
}

TEST_F(Ec2Test, ReadsSpotPricesOfNow) {
  answer_whole("DescribeSpotPriceHistory",
               "<spotPriceHistorySet><item><instanceType>g6.xlarge</instanceType><productDescription>Linux/UNIX"
               "</productDescription><spotPrice>0.301200</spotPrice><timestamp>2024-02-19T07:01:42.000Z</timestamp>"
               "<availabilityZone>eu-west-1a</availabilityZone></item></spotPriceHistorySet><nextToken/>");
  const auto prices = client_.spot_prices({"g6.xlarge"}, clock_.now());
  ASSERT_EQ(prices.size(), 1u);
  EXPECT_EQ(prices[0].type + " " + prices[0].zone + " " + prices[0].usd_per_hour, "g6.xlarge eu-west-1a 0.301200");
  EXPECT_NE(server_.last_request().body.find("&ProductDescription.1=Linux%2FUNIX&InstanceType.1=g6.xlarge"),
            std::string::npos);
}

TEST_F(Ec2Test, NamesTheActionThatIsNotAllowed) {
  server_.expect(
      403,
      "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform "
      "this operation.</Message></Error></Errors><RequestID>r</RequestID></Response>");
  const ServiceError error = refusal_of([this] { client_.describe_instances({"i-1"}); });
  EXPECT_EQ(error.kind(), ErrorKind::kRefused);
  EXPECT_NE(error.hint().find("allow ec2:DescribeInstances"), std::string::npos) << error.hint();
}

}  // namespace
}  // namespace wsdeep::aws
