#include "aws/pricing.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using PricingTest = testing::AwsClientTest<Pricing, 1>;

/// An entry of the list is a document of its own, as text.
std::string list_of(const std::string& dimensions) {
  return R"({"FormatVersion":"aws_v1","PriceList":["{\"product\":{\"productFamily\":\"Compute Instance\"},)"
         R"(\"terms\":{\"OnDemand\":{\"A.B\":{\"priceDimensions\":{)" +
         dimensions + R"(}}}}}"]})";
}

TEST_F(PricingTest, ReadsThePriceOfAnHour) {
  server_.expect(200, list_of(R"(\"A.B.C\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":\"0.8048000000\"}})"));
  EXPECT_EQ(client_.on_demand_price("g6.xlarge", "eu-west-1"), 0.8048);
  EXPECT_EQ(asked(), R"(GetProducts {"ServiceCode":"AmazonEC2","FormatVersion":"aws_v1","MaxResults":10,"Filters":[)"
                     R"({"Type":"TERM_MATCH","Field":"instanceType","Value":"g6.xlarge"},)"
                     R"({"Type":"TERM_MATCH","Field":"regionCode","Value":"eu-west-1"},)"
                     R"({"Type":"TERM_MATCH","Field":"operatingSystem","Value":"Linux"},)"
                     R"({"Type":"TERM_MATCH","Field":"tenancy","Value":"Shared"},)"
                     R"({"Type":"TERM_MATCH","Field":"preInstalledSw","Value":"NA"},)"
                     R"({"Type":"TERM_MATCH","Field":"capacitystatus","Value":"Used"}]})");
}

TEST_F(PricingTest, KnowsNoPriceRatherThanZero) {
  const char* const answers[] = {R"({"PriceList":[]})", "{}", R"({"PriceList":["{\"terms\":[]}"]})",
                                 R"({"PriceList":[{"terms":{"OnDemand":7}}]})"};
  for (const char* answer : answers) {
    server_.expect(200, answer);
    EXPECT_EQ(client_.on_demand_price("g6.xlarge", "eu-west-1"), std::nullopt) << answer;
  }
  for (const char* price : {"0.0000000000", "-1", "free", ""}) {
    server_.expect(200, list_of(std::string(R"(\"A\":{\"pricePerUnit\":{\"USD\":\")") + price + R"(\"}})"));
    EXPECT_EQ(client_.on_demand_price("g6.xlarge", "eu-west-1"), std::nullopt) << price;
  }
}

}  // namespace
}  // namespace wsdeep::aws
