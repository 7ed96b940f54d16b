#include "aws/bedrock_models.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using BedrockModelsTest = testing::AwsClientTest<BedrockModels, 2>;

TEST_F(BedrockModelsTest, SaysWhetherAModelMayBeUsed) {
  server_.expect(200, R"({"modelId":"deepseek.r1-v1:0","agreementAvailability":{"status":"AVAILABLE"},)"
                      R"("authorizationStatus":"AUTHORIZED","entitlementAvailability":"AVAILABLE",)"
                      R"("regionAvailability":"AVAILABLE"})");
  const ModelAvailability found = client_.availability("deepseek.r1-v1:0");
  EXPECT_EQ(server_.last_request().method + " " + server_.last_request().target,
            "GET /foundation-model-availability/deepseek.r1-v1%3A0");
  EXPECT_TRUE(is_signed_for("bedrock"));
  EXPECT_EQ(found.agreement, "AVAILABLE");
  EXPECT_TRUE(found.is_authorized && found.is_entitled && found.is_in_region);
}

TEST_F(BedrockModelsTest, SaysWhyItMayNot) {
  server_.expect(200, R"({"modelId":"x.y","agreementAvailability":{"status":"ERROR","errorMessage":"no payment"},)"
                      R"("authorizationStatus":"NOT_AUTHORIZED","entitlementAvailability":"NOT_AVAILABLE",)"
                      R"("regionAvailability":"NOT_AVAILABLE"})");
  const ModelAvailability found = client_.availability("x.y");
  EXPECT_EQ(found.agreement + ": " + found.fault, "ERROR: no payment");
  EXPECT_FALSE(found.is_authorized || found.is_entitled || found.is_in_region);
}

TEST_F(BedrockModelsTest, SaysThatThereIsNone) {
  server_.expect(404, R"({"message":"Could not resolve the foundation model from the provided model identifier."})");
  EXPECT_EQ(refusal_of([&] { client_.availability("x.y"); }).kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace wsdeep::aws
