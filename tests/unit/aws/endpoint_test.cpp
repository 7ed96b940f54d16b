#include <gtest/gtest.h>

#include "aws/client.h"

namespace wsdeep::aws {
namespace {

std::string resolve(std::map<std::string, std::string, std::less<>> env, std::string_view region = "eu-west-1") {
  return resolve_endpoint(Env(std::move(env)), "Cognito Identity Provider", "cognito-idp", region);
}

TEST(ResolveEndpoint, PrefersTheServicesOwnVariable) {
  EXPECT_EQ(
      resolve({{"AWS_ENDPOINT_URL", "http://a:1"}, {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://b:2/"}}),
      "http://b:2");
  EXPECT_EQ(resolve({{"AWS_ENDPOINT_URL", "http://a:1"}}), "http://a:1");
}

TEST(ResolveEndpoint, FallsBackToTheRegionsPublicName) {
  EXPECT_EQ(resolve({}), "https://cognito-idp.eu-west-1.amazonaws.com");
  EXPECT_EQ(resolve({}, "cn-north-1"), "https://cognito-idp.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(resolve({}, "us-gov-west-1"), "https://cognito-idp.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(resolve({}, "eusc-de-east-1"), "https://cognito-idp.eusc-de-east-1.amazonaws.eu");
  EXPECT_EQ(resolve({{"AWS_ENDPOINT_URL", "http://a:1"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}),
            "https://cognito-idp.eu-west-1.amazonaws.com");
}

TEST(ResolveEndpoint, RefusesWhatIsNoRegion) {
  for (const char* bad : {"", "us-east-1.evil.com/", "US-EAST-1", "a b"}) {
    try {
      resolve({}, bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

}  // namespace
}  // namespace wsdeep::aws
