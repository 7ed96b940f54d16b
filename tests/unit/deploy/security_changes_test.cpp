#include "deploy/security_changes.h"

#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

aws::ResourceChange modified(const std::string& type, const std::string& before, const std::string& after) {
  aws::ResourceChange change;
  change.action = before.empty() ? "Add" : after.empty() ? "Remove" : "Modify";
  change.logical_id = "R";
  change.type = type;
  const auto context = [](const std::string& properties) {
    return properties.empty() ? "" : R"({"Properties":)" + properties + "}";
  };
  change.before = context(before);
  change.after = context(after);
  return change;
}

/// One line each: mark, what, and the warning in brackets.
std::string told(const aws::ResourceChange& change) {
  std::string text;
  for (const SecurityChange& one : security_changes({change}))
    text += (one.widens ? "+ " : "- ") + one.what + (one.warning.empty() ? "" : " [" + one.warning + "]") + "\n";
  return text;
}

std::string policy(const std::string& statements) {
  return R"({"PolicyDocument":{"Statement":[)" + statements + "]}}";
}

struct Case {
  const char* name;
  const char* type;
  std::string before;
  std::string after;
  const char* told;
};

const std::string kRead = R"({"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::a/*"})";

class SecurityChangesOf : public ::testing::TestWithParam<Case> {};

TEST_P(SecurityChangesOf, AreToldOneGrantALine) {
  EXPECT_EQ(told(modified(GetParam().type, GetParam().before, GetParam().after)), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Resources, SecurityChangesOf,
    ::testing::Values(
        Case{"SameStatements", "AWS::IAM::Policy", policy(kRead), policy(kRead), ""},
        Case{"AddedStatement", "AWS::IAM::Policy", policy(kRead),
             policy(kRead + R"(,{"Effect":"Allow","Action":"sqs:SendMessage","Resource":{"Fn::GetAtt":["Q","Arn"]}})"),
             "+ allow sqs:SendMessage on Q.Arn\n"},
        Case{"WidenedStatement", "AWS::IAM::ManagedPolicy", policy(kRead),
             policy(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"})"),
             "- no longer: allow s3:GetObject on arn:aws:s3:::a/*\n+ allow s3:* on arn:aws:s3:::a/* [every action of "
             "s3]\n"},
        Case{"EverythingForEverybody", "AWS::S3::BucketPolicy", "",
             policy(R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})"),
             "+ allow * to * on * [anybody, in any account]\n"},
        Case{"ConditionNarrowsEverybody", "AWS::SQS::QueuePolicy", "",
             policy(R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sqs:SendMessage","Resource":"q",)"
                    R"("Condition":{"StringEquals":{"aws:SourceAccount":"1"}}})"),
             R"(+ allow * to sqs:SendMessage on q if {"StringEquals":{"aws:SourceAccount":"1"}})"
             "\n"},
        Case{"RemovedDenyWidens", "AWS::IAM::RolePolicy",
             policy(R"({"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"})"), policy(kRead),
             "+ no longer: deny all but s3:GetObject on *\n+ allow s3:GetObject on arn:aws:s3:::a/*\n"},
        Case{"PassRoleOnEverything", "AWS::IAM::Role", R"({"AssumeRolePolicyDocument":{}})",
             R"({"Policies":[)" + policy(R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*"})") + "]}",
             "+ allow iam:PassRole on * [iam:PassRole on everything]\n"},
        Case{
            "WhoAssumesARole", "AWS::IAM::Role", R"({})",
            R"({"AssumeRolePolicyDocument":{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},)"
            R"("Action":"sts:AssumeRole"}},"ManagedPolicyArns":["arn:aws:iam::aws:policy/AdministratorAccess"]})",
            "+ allow ec2.amazonaws.com to sts:AssumeRole\n+ allow what the policy "
            "arn:aws:iam::aws:policy/AdministratorAccess does [a policy for everything of its kind]\n"},
        Case{"OpenedPort", "AWS::EC2::SecurityGroup",
             R"({"SecurityGroupIngress":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"CidrIp":"10.0.0.0/8"}]})",
             R"({"SecurityGroupIngress":[{"IpProtocol":"tcp","FromPort":22,"ToPort":23,"CidrIp":"0.0.0.0/0"}]})",
             "- no longer: ingress of tcp 443 from 10.0.0.0/8\n+ ingress of tcp 22-23 from 0.0.0.0/0 [open to the "
             "whole internet]\n"},
        Case{"NewEgressRule", "AWS::EC2::SecurityGroupEgress", "",
             R"({"IpProtocol":-1,"DestinationSecurityGroupId":{"Ref":"Other"}})", "+ egress of everything to Other\n"},
        Case{"BucketMadePublic", "AWS::S3::Bucket",
             R"({"PublicAccessBlockConfiguration":{"BlockPublicPolicy":true,"BlockPublicAcls":"true"}})",
             R"({"PublicAccessBlockConfiguration":{"BlockPublicAcls":true}})",
             "+ no longer: public access is blocked: BlockPublicPolicy [the bucket can be made public]\n"},
        Case{"RemovedBucketTakesItsProtectionAlong", "AWS::S3::Bucket",
             R"({"PublicAccessBlockConfiguration":{"BlockPublicPolicy":true}})", "", ""},
        Case{"LostAuthorizer", "AWS::ApiGatewayV2::Route", R"({"RouteKey":"$connect","AuthorizationType":"CUSTOM"})",
             R"({"RouteKey":"$connect"})", "+ anybody may connect, without a token [no authorizer]\n"},
        Case{"SignUpOpened", "AWS::Cognito::UserPool", R"({"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true}})",
             R"({"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false}})",
             "+ anybody may sign up [open to the whole internet]\n"},
        Case{"SamPolicies", "AWS::Serverless::Function", R"({"Policies":["AWSLambdaBasicExecutionRole"]})",
             R"({"Policies":["AWSLambdaBasicExecutionRole",{"DynamoDBReadPolicy":{"TableName":{"Ref":"T"}}}]})",
             "+ allow what DynamoDBReadPolicy does for {\"TableName\":{\"Ref\":\"T\"}}\n"},
        Case{"UnknownUntilDeployed", "AWS::Lambda::Permission", "",
             R"({"Principal":"apigateway.amazonaws.com","Action":"lambda:InvokeFunction",)"
             R"("FunctionName":"{{changeSet:KNOWN_AFTER_APPLY}}","SourceArn":"arn:x"})",
             "+ allow apigateway.amazonaws.com to lambda:InvokeFunction on (known after the deployment) from arn:x\n"},
        Case{"NothingButNoise", "AWS::IAM::Policy", R"("text")", R"({"PolicyDocument":{"Statement":["x",7,null]}})",
             ""}),
    [](const auto& tested) { return tested.param.name; });

TEST(SecurityText, CountsWhatIsNewAndNarrowAndShowsWhatIsBroad) {
  const auto changes = security_changes(
      {modified("AWS::IAM::Policy", "", policy(kRead + R"(,{"Effect":"Allow","Action":"*","Resource":"x"})"))});
  EXPECT_EQ(render_security(changes, true, {}),
            "security\n"
            "  1 narrow permission and network rules\n"
            "  + R: allow * on x  BROAD: every action of every service\n");
  EXPECT_EQ(render_security(changes, false, {}),
            "security\n"
            "  + R: allow s3:GetObject on arn:aws:s3:::a/*\n"
            "  + R: allow * on x  BROAD: every action of every service\n");
  EXPECT_EQ(render_security({}, false, {}), "");
}

TEST(SecurityText, SurvivesAResourceOfAnyDepth) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const auto changes = security_changes(
      {modified("AWS::IAM::Policy", "", policy(R"({"Effect":"Allow","Action":"a:b","Resource":)" + deep + "}"))});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].what.starts_with("allow a:b on "));
}

TEST(SecurityText, HasNoControlCharacters) {
  const auto changes =
      security_changes({modified("AWS::IAM::Policy", "", policy(R"({"Effect":"Allow","Action":"a:\u001b[2J"})"))});
  EXPECT_EQ(render_security(changes, false, {}), "security\n  + R: allow a:[2J\n");
}

}  // namespace
}  // namespace wsdeep::deploy
