#include "aws/resource_tags.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using ResourceTagsTest = testing::AwsClientTest<ResourceTags, 2>;

TEST_F(ResourceTagsTest, AsksForATagAndReadsAllPages) {
  server_.expect(200, R"({"PaginationToken":"p","ResourceTagMappingList":[{"ResourceARN":"arn:1","Tags":[)"
                      R"({"Key":"aws:cloudformation:logical-id","Value":"ChatsTable"}]}]})");
  server_.expect(200, R"({"PaginationToken":"","ResourceTagMappingList":[{"ResourceARN":"arn:2","Tags":[]}]})");
  const auto found = client_.find("aws:cloudformation:stack-name", "chat-dev", {"dynamodb:table"});
  EXPECT_EQ(asked(), R"(GetResources {"PaginationToken":"p","ResourceTypeFilters":["dynamodb:table"],)"
                     R"("TagFilters":[{"Key":"aws:cloudformation:stack-name","Values":["chat-dev"]}]})");
  EXPECT_TRUE(is_signed_for("tagging"));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].arn, "arn:1");
  EXPECT_EQ(found[0].tags.at("aws:cloudformation:logical-id"), "ChatsTable");
  EXPECT_TRUE(found[1].tags.empty());
}

}  // namespace
}  // namespace wsdeep::aws
