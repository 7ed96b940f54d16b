#include "aws/cloudformation.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class CloudFormationTest : public testing::AwsClientTest<CloudFormation, 2> {
 protected:
  CloudFormation& cloudformation_ = client_;
};

TEST_F(CloudFormationTest, ReadsAStack) {
  answer("DescribeStacks",
         "<Stacks><member><StackName>chat</StackName><StackId>arn:1</StackId><StackStatus>CREATE_COMPLETE</StackStatus>"
         "<EnableTerminationProtection>true</EnableTerminationProtection>"
         "<Parameters><member><ParameterKey>A</ParameterKey><ParameterValue>1</ParameterValue></member></Parameters>"
         "<Outputs><member><OutputKey>Url</OutputKey><OutputValue>wss://x</OutputValue></member></Outputs>"
         "</member></Stacks>");
  const auto stack = cloudformation_.describe_stack("chat");
  ASSERT_TRUE(stack);
  EXPECT_EQ(stack->status, "CREATE_COMPLETE");
  EXPECT_TRUE(stack->termination_protection);
  EXPECT_EQ(stack->parameters.at("A"), "1");
  ASSERT_EQ(stack->outputs.size(), 1u);
  EXPECT_EQ(stack->outputs[0].value, "wss://x");
  EXPECT_EQ(server_.last_request().body, "Action=DescribeStacks&Version=2010-05-15&StackName=chat");
}

TEST_F(CloudFormationTest, TellsAMissingStackFromAWrongRequest) {
  refuse(400, "ValidationError", "Stack with id chat does not exist");
  EXPECT_FALSE(cloudformation_.describe_stack("chat"));
  refuse(400, "ValidationError", "1 validation error detected");
  EXPECT_THROW(cloudformation_.describe_stack("chat"), ServiceError);
  refuse(404, "ChangeSetNotFound", "ChangeSet [x] does not exist");
  EXPECT_FALSE(cloudformation_.describe_change_set("chat", "x"));
}

TEST_F(CloudFormationTest, ReadsAllPagesOfAChangeSetAndNamesEachPropertyOnce) {
  const std::string detail =
      "<member><Target><Attribute>Properties</Attribute><Path>/Properties/Size</Path>"
      "<RequiresRecreation>Always</RequiresRecreation><BeforeValue>1</BeforeValue><AfterValue>2</AfterValue></Target>";
  answer("DescribeChangeSet",
         "<Status>CREATE_COMPLETE</Status><NextToken>n1</NextToken><Changes><member>"
         "<ResourceChange><Action>Modify</Action><LogicalResourceId>A</LogicalResourceId>"
         "<Replacement>True</Replacement><Details>" +
             detail + "</member>" + detail +
             "<CausingEntity>Memory</CausingEntity></member></Details></ResourceChange></member>"
             "</Changes>");
  answer("DescribeChangeSet",
         "<Status>CREATE_COMPLETE</Status><Changes><member><ResourceChange><Action>Add</Action>"
         "<LogicalResourceId>B</LogicalResourceId></ResourceChange></member></Changes>");
  const auto set = cloudformation_.describe_change_set("chat", "x");
  ASSERT_TRUE(set);
  ASSERT_EQ(set->changes.size(), 2u);
  ASSERT_EQ(set->changes[0].properties.size(), 1u);
  EXPECT_EQ(set->changes[0].properties[0].before, "1");
  EXPECT_EQ(set->changes[0].properties[0].after, "2");
  EXPECT_EQ(set->changes[0].properties[0].cause, "Memory");
  EXPECT_EQ(set->changes[1].logical_id, "B");
  EXPECT_NE(server_.last_request().body.find("&NextToken=n1"), std::string::npos);
}

TEST_F(CloudFormationTest, AsksForWhatSamNeedsAndKeepsPreviousValues) {
  answer("CreateChangeSet", "<Id>arn:cs</Id>");
  ChangeSetRequest request;
  request.stack_name = "chat";
  request.name = "one";
  request.template_body = "a&b";
  request.parameters = {{"A", "x y"}, {"B", std::nullopt}};
  request.tags = {{"team", "chat"}};
  EXPECT_EQ(cloudformation_.create_change_set(request), "arn:cs");
  const std::string body = server_.last_request().body;
  for (const char* part : {"ChangeSetType=UPDATE", "TemplateBody=a%26b", "Capabilities.member.3=CAPABILITY_AUTO_EXPAND",
                           "Parameters.member.1.ParameterValue=x%20y", "Parameters.member.2.UsePreviousValue=true",
                           "Tags.member.1.Value=chat"})
    EXPECT_NE(body.find(part), std::string::npos) << part << " in " << body;
}

TEST_F(CloudFormationTest, ReadsANestedChangeSetByItsIdAndWhatResourcesAreBeforeAndAfter) {
  answer(
      "DescribeChangeSet",
      "<Changes><member><ResourceChange><BeforeContext>{&quot;a&quot;:1}</BeforeContext><AfterContext>{}</AfterContext>"
      "<ChangeSetId>arn:n</ChangeSetId></ResourceChange></member></Changes>");
  const auto set = cloudformation_.describe_change_set("", "arn:cs");
  EXPECT_EQ(server_.last_request().body,
            "Action=DescribeChangeSet&Version=2010-05-15&ChangeSetName=arn%3Acs&IncludePropertyValues=true");
  ASSERT_EQ(set->changes.size(), 1u);
  EXPECT_EQ(set->changes[0].before, R"({"a":1})");
  EXPECT_EQ(set->changes[0].after, "{}");
  EXPECT_EQ(set->changes[0].nested, "arn:n");
}

TEST_F(CloudFormationTest, AsksForNothingButTheImportOfWhatIsToBeImported) {
  answer("CreateChangeSet", "<Id>arn:cs</Id>");
  ChangeSetRequest request;
  request.stack_name = "chat";
  request.name = "one";
  request.template_body = "x";
  request.import = {{"Chats", "AWS::DynamoDB::Table", "TableName", "chat-Chats-1A"}};
  cloudformation_.create_change_set(request);
  const std::string body = server_.last_request().body;
  for (const char* part :
       {"ChangeSetType=IMPORT", "ResourcesToImport.member.1.ResourceType=AWS%3A%3ADynamoDB%3A%3ATable",
        "ResourcesToImport.member.1.LogicalResourceId=Chats",
        "ResourcesToImport.member.1.ResourceIdentifier.entry.1.key=TableName",
        "ResourcesToImport.member.1.ResourceIdentifier.entry.1.value=chat-Chats-1A"})
    EXPECT_NE(body.find(part), std::string::npos) << part << " in " << body;
  EXPECT_EQ(body.find("IncludeNestedStacks"), std::string::npos) << body;
}

TEST_F(CloudFormationTest, NamesWhatARollbackSkipsAndADeletionRetainsAndWhoAskedForIt) {
  cloudformation_.sign_as("wsdeep-alice");
  answer("ContinueUpdateRollback", "");
  cloudformation_.continue_update_rollback("chat", "", {"Logs", "chat-Network.Vpc"});
  std::string body = server_.last_request().body;
  EXPECT_NE(body.find("&ResourcesToSkip.member.1=Logs&ResourcesToSkip.member.2=chat-Network.Vpc"), std::string::npos)
      << body;
  EXPECT_NE(body.find("&ClientRequestToken=wsdeep-alice-"), std::string::npos) << body;
  answer("DeleteStack", "");
  cloudformation_.delete_stack("chat", "", {"Users"});
  body = server_.last_request().body;
  EXPECT_NE(body.find("&RetainResources.member.1=Users"), std::string::npos) << body;
}

TEST_F(CloudFormationTest, ListsTheDeletedStacksOfANameNewestFirst) {
  answer("ListStacks",
         "<StackSummaries><member><StackId>arn:1</StackId><StackName>chat</StackName>"
         "<DeletionTime>2026-01-02T00:00:00Z</DeletionTime></member><member><StackId>arn:2</StackId>"
         "<StackName>chat-fleet</StackName><DeletionTime>2026-01-04T00:00:00Z</DeletionTime></member></StackSummaries>"
         "<NextToken>n</NextToken>");
  answer("ListStacks",
         "<StackSummaries><member><StackId>arn:3</StackId><StackName>chat</StackName>"
         "<DeletionTime>2026-01-03T00:00:00Z</DeletionTime></member></StackSummaries>");
  const auto found = cloudformation_.deleted_stacks("chat");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, "arn:3");
  EXPECT_EQ(found[1].id, "arn:1");
}

TEST_F(CloudFormationTest, IsCancelledWithItsOptions) {
  ClientOptions options = this->options(2);
  std::stop_source stop;
  options.cancel = stop.get_token();
  CloudFormation stopped(http_, options, credentials_, clock_);
  stop.request_stop();
  EXPECT_THROW(stopped.describe_stack("chat"), net::TransportError);
}

TEST_F(CloudFormationTest, StopsAtTheEventThatIsKnown) {
  answer("DescribeStackEvents",
         "<StackEvents><member><EventId>3</EventId></member><member><EventId>2</EventId></member>"
         "<member><EventId>1</EventId></member></StackEvents><NextToken>more</NextToken>");
  const auto events = cloudformation_.events_after("chat", "1");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id, "3");
}

TEST_F(CloudFormationTest, GivesUpOnPagesThatDoNotEnd) {
  for (int i = 0; i < 1000; ++i) answer("ListStackResources", "<NextToken>again</NextToken>");
  EXPECT_THROW(cloudformation_.list_resources("chat"), Error);
}

}  // namespace
}  // namespace wsdeep::aws
