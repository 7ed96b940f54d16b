#include <gtest/gtest.h>

#include "aws/acm.h"
#include "aws/api_gateway.h"
#include "aws/ec2_inventory.h"
#include "aws/ecr.h"
#include "aws/lambda_account.h"
#include "aws/route53.h"
#include "aws/secrets_manager.h"
#include "aws/service_quotas.h"
#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using AcmTest = testing::AwsClientTest<Acm>;
using ServiceQuotasTest = testing::AwsClientTest<ServiceQuotas>;
using LambdaAccountTest = testing::AwsClientTest<LambdaAccount>;
using ApiGatewayTest = testing::AwsClientTest<ApiGateway>;
using EcrTest = testing::AwsClientTest<Ecr>;
using SecretsManagerTest = testing::AwsClientTest<SecretsManager>;
using Route53Test = testing::AwsClientTest<Route53>;
using Ec2InventoryTest = testing::AwsClientTest<Ec2Inventory>;

TEST_F(AcmTest, ReadsWhatACertificateCoversAndUntilWhen) {
  server_.expect(200,
                 R"({"Certificate":{"CertificateArn":"arn:1","DomainName":"example.com","SubjectAlternativeNames":[)"
                 R"("*.example.com"],"Status":"ISSUED","NotAfter":1.893456E9,"RenewalEligibility":"ELIGIBLE"}})");
  const Certificate found = client_.describe_certificate("arn:1");
  EXPECT_EQ(asked(), R"(DescribeCertificate {"CertificateArn":"arn:1"})");
  EXPECT_TRUE(is_signed_for("acm"));
  EXPECT_EQ(found.names, (std::vector<std::string>{"*.example.com", "example.com"}));
  EXPECT_EQ(iso8601(found.not_after.value()), "2030-01-01T00:00:00Z");
  EXPECT_TRUE(found.renews_itself);
}

TEST_F(AcmTest, TakesNoEndThatNoClockHolds) {
  for (const char* time : {"-1", "1e300", "9.1e9"}) {
    server_.expect(200, std::string(R"({"Certificate":{"Status":"ISSUED","NotAfter":)") + time + "}}");
    EXPECT_FALSE(client_.describe_certificate("arn:1").not_after) << time;
  }
}

TEST_F(ServiceQuotasTest, ReadsTheAppliedValueElseTheDefault) {
  server_.expect(200, R"({"Quota":{"QuotaName":"Running G","Value":64.0}})");
  EXPECT_EQ(client_.quota("ec2", "L-DB2E81BA").value, 64);
  EXPECT_EQ(asked(), R"(GetServiceQuota {"ServiceCode":"ec2","QuotaCode":"L-DB2E81BA"})");
  EXPECT_TRUE(is_signed_for("servicequotas"));
  server_.expect(400, R"({"__type":"NoSuchResourceException","Message":"no"})");
  server_.expect(200, R"({"Quota":{"QuotaName":"Running G","Value":0.0}})");
  EXPECT_EQ(client_.quota("ec2", "L-DB2E81BA").value, 0);
  EXPECT_EQ(asked(), R"(GetAWSDefaultServiceQuota {"ServiceCode":"ec2","QuotaCode":"L-DB2E81BA"})");
}

TEST_F(LambdaAccountTest, ReadsLimitsAndReservations) {
  server_.expect(200, R"({"AccountLimit":{"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":900}})");
  const LambdaLimits limits = client_.limits();
  EXPECT_EQ(limits.concurrent, 1000);
  EXPECT_EQ(limits.unreserved, 900);
  EXPECT_EQ(server_.last_request().target, "/2016-08-19/account-settings");
  server_.expect(200, R"({"ReservedConcurrentExecutions":50})");
  EXPECT_EQ(client_.reserved("chat-generate"), 50);
  server_.expect(200, "{}");
  EXPECT_FALSE(client_.reserved("chat-generate"));
  server_.expect(404, R"({"Type":"User","Message":"Function not found"})",
                 {{"x-amzn-errortype", "ResourceNotFoundException"}});
  EXPECT_FALSE(client_.reserved("chat-generate"));
  EXPECT_EQ(server_.last_request().target, "/2019-09-30/functions/chat-generate/concurrency");
}

TEST_F(ApiGatewayTest, ReadsTheLogRoleWhereThereIsOne) {
  server_.expect(200, R"({"cloudwatchRoleArn":"arn:aws:iam::1:role/x","throttleSettings":{"burstLimit":5000}})");
  EXPECT_EQ(client_.log_role(), "arn:aws:iam::1:role/x");
  EXPECT_EQ(server_.last_request().method + " " + server_.last_request().target, "GET /account");
  server_.expect(200, "{}");
  EXPECT_EQ(client_.log_role(), "");
}

TEST(EcrImage, IsReadOfNamesInPrivateRegistriesAlone) {
  const auto shown = [](const char* name) {
    const auto image = EcrImage::parse(name);
    return !image ? std::string("none")
                  : image->account + " " + image->region + " " + image->repository + " " + image->tag + " " +
                        image->digest;
  };
  EXPECT_EQ(shown("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/vllm:v1"), "123456789012 eu-west-1 team/vllm v1 ");
  EXPECT_EQ(shown("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/vllm"), "123456789012 cn-north-1 vllm latest ");
  EXPECT_EQ(shown("123456789012.dkr.ecr.eu-west-1.amazonaws.com/vllm:v1@sha256:00"),
            "123456789012 eu-west-1 vllm v1 sha256:00");
  for (const char* other : {"vllm/vllm-openai:v1", "public.ecr.aws/x/y:1", "ollama", "12345.dkr.ecr.r.amazonaws.com/x"})
    EXPECT_EQ(shown(other), "none");
}

TEST_F(EcrTest, AsksForTheImageByTagOrDigest) {
  server_.expect(200, R"({"imageDetails":[{"imageSizeInBytes":9800000000}]})");
  EXPECT_EQ(client_.image_bytes({"123456789012", "eu-west-1", "vllm", "v1", ""}), 9'800'000'000);
  EXPECT_EQ(asked(),
            R"(DescribeImages {"registryId":"123456789012","repositoryName":"vllm","imageIds":[{"imageTag":"v1"}]})");
  server_.expect(400, R"({"__type":"ImageNotFoundException","message":"no such image"})");
  EXPECT_EQ(refusal_of([&] {
              client_.image_bytes({"1", "eu-west-1", "vllm", "v1", "sha256:0"});
            }).kind(),
            ErrorKind::kNotFound);
}

TEST_F(SecretsManagerTest, TellsASecretThatWaitsForItsEnd) {
  server_.expect(200, R"({"ARN":"arn:s","Name":"google"})");
  EXPECT_FALSE(client_.describe("google").is_deleted);
  server_.expect(200, R"({"ARN":"arn:s","Name":"google","DeletedDate":1.7E9})");
  EXPECT_TRUE(client_.describe("google").is_deleted);
}

TEST_F(Route53Test, ReadsTheZonesOfAVpcPageByPage) {
  const auto page = [](const std::string& zone, const std::string& more) {
    return "<ListHostedZonesByVPCResponse><HostedZoneSummaries>" + zone + "</HostedZoneSummaries>" + more +
           "</ListHostedZonesByVPCResponse>";
  };
  server_.expect(200, page("<HostedZoneSummary><HostedZoneId>Z1</HostedZoneId><Name>llm.example.com.</Name><Owner>"
                           "<OwningAccount>1</OwningAccount></Owner></HostedZoneSummary>",
                           "<NextToken>a=b</NextToken>"));
  server_.expect(200, page("<HostedZoneSummary><HostedZoneId>Z2</HostedZoneId><Name>fs.</Name><Owner>"
                           "<OwningService>efs.amazonaws.com</OwningService></Owner></HostedZoneSummary>",
                           ""));
  const auto zones = client_.zones_of_vpc("vpc-1", "eu-west-1");
  ASSERT_EQ(zones.size(), 2u);
  EXPECT_EQ(zones[0].id + " " + zones[0].name + " " + zones[0].owner, "Z1 llm.example.com 1");
  EXPECT_EQ(zones[1].id + " " + zones[1].name + " " + zones[1].owner, "Z2 fs efs.amazonaws.com");
  EXPECT_EQ(server_.last_request().target,
            "/2013-04-01/hostedzonesbyvpc?nexttoken=a%3Db&vpcid=vpc-1&vpcregion=eu-west-1");
}

TEST_F(Ec2InventoryTest, ReadsTypesByAFilterAndLeavesUnknownOnesOut) {
  server_.expect(
      200,
      "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>g5.xlarge</instanceType><vCpuInfo>"
      "<defaultVCpus>4</defaultVCpus></vCpuInfo></item></instanceTypeSet></DescribeInstanceTypesResponse>");
  EXPECT_EQ(client_.vcpus_of({"g5.xlarge", "g9.huge"}), (std::map<std::string, std::int64_t>{{"g5.xlarge", 4}}));
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeInstanceTypes&Version=2016-11-15&Filter.1.Name=instance-type&Filter.1.Value.1=g5.xlarge"
            "&Filter.1.Value.2=g9.huge");
}

TEST_F(Ec2InventoryTest, CountsTheVcpusOfWhatRunsAndKnowsWhoseItIs) {
  server_.expect(200,
                 "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceType>g5.xlarge"
                 "</instanceType><instanceLifecycle>spot</instanceLifecycle><cpuOptions><coreCount>2</coreCount>"
                 "<threadsPerCore>2</threadsPerCore></cpuOptions><tagSet><item><key>aws:cloudformation:stack-name</key>"
                 "<value>chat-dev-fleet</value></item></tagSet></item></instancesSet></item></reservationSet>"
                 "</DescribeInstancesResponse>");
  const auto running = client_.running({"g*"});
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0].vcpus, 4);
  EXPECT_TRUE(running[0].spot);
  EXPECT_EQ(running[0].stack, "chat-dev-fleet");
}

}  // namespace
}  // namespace wsdeep::aws
