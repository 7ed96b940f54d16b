#include "deploy/kept_resources.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wsdeep::deploy {
namespace {

using nlohmann::json;

constexpr std::string_view kTemplate = R"(Transform: AWS::Serverless-2016-10-31
Parameters:
  Grace: {Type: Number, Default: 7}
  Other: {Type: String}
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    DeletionPolicy: RetainExceptOnCreate
    DependsOn: Trigger
    Properties:
      UserPoolName: !Sub "${AWS::StackName}"
      LambdaConfig: {PreSignUp: !GetAtt Trigger.Arn}
      UserPoolTags: {table: !Ref Chats, role: !Sub "arn:${Role}"}
      Policies: {PasswordPolicy: {TemporaryPasswordValidityDays: !Ref Grace}}
  Chats:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties: {BillingMode: PAY_PER_REQUEST}
  Trigger: {Type: AWS::Lambda::Function}
  Role: {Type: AWS::IAM::Role}
Outputs:
  PoolId: {Value: !Ref Pool}
)";

TEST(ImportTemplate, HoldsNothingButWhatIsImportedAndItsParameters) {
  const json made =
      json::parse(import_template(kTemplate, {{"Pool", "AWS::Cognito::UserPool", "us-east-1_A", "", true}}));
  EXPECT_EQ(made, json::parse(R"({
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"Grace": {"Type": "Number", "Default": 7}},
    "Resources": {"Pool": {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
      "Properties": {"UserPoolName": {"Fn::Sub": "${AWS::StackName}"},
        "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": {"Ref": "Grace"}}}}}}})"))
      << made.dump(1);
}

TEST(ImportTemplate, KeepsReferencesAmongWhatIsImported) {
  constexpr std::string_view kPair =
      "Resources:\n  A: {Type: 'AWS::DynamoDB::Table', Properties: {Tags: [{Key: pool, Value: !Ref B}]}}\n"
      "  B: {Type: 'AWS::Cognito::UserPool'}\n";
  const json made = json::parse(import_template(
      kPair, {{"A", "AWS::DynamoDB::Table", "a", "", true}, {"B", "AWS::Cognito::UserPool", "b", "", true}}));
  EXPECT_TRUE(made["Resources"]["A"]["Properties"].contains("Tags")) << made.dump(1);
  EXPECT_FALSE(made.contains("Parameters"));
}

TEST(ImportTemplate, KnowsHowEachTypeIsTold) {
  EXPECT_EQ(identifier_of("AWS::DynamoDB::Table"), "TableName");
  EXPECT_EQ(identifier_of("AWS::Cognito::UserPool"), "UserPoolId");
  EXPECT_EQ(identifier_of("AWS::IAM::Role"), "");
}

}  // namespace
}  // namespace wsdeep::deploy
