#include "deploy/kept_resources.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "stack/settings/settings.h"
#include "stack/template/compose.h"

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

/// Every name that some Ref of it has.
void add_references(const json& value, std::set<std::string>& names) {
  if (value.is_object() && value.contains("Ref")) names.insert(value["Ref"].get<std::string>());
  if (value.is_structured())
    for (const json& inner : value) add_references(inner, names);
}

TEST(ImportTemplate, OfOurOwnServiceRefersToNothingThatItLacks) {
  const auto parsed = stack::parse_settings(
      "project: chat\nenvironments: {dev: {region: us-east-1}}\nllm: {domain: llm.example.com, certificate: "
      "'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555', model: "
      "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B, instance_types: [g5.xlarge]}\n"
      "auth: {hosted_ui_prefix: chat-dev, callback_urls: ['https://app.example.com/'], self_sign_up: true}\n"
      "allowed_origins: ['https://app.example.com']\n");
  ASSERT_EQ(stack::render(parsed.diagnostics), "");
  const std::string service = stack::compose(parsed.settings.environments.at(0), stack::Part::kService).text;
  const json made = json::parse(import_template(service, {{"ConnectionsTable", "AWS::DynamoDB::Table", "a", "", true},
                                                          {"ChatsTable", "AWS::DynamoDB::Table", "b", "", true},
                                                          {"UserPool", "AWS::Cognito::UserPool", "c", "", true}}));
  ASSERT_EQ(made["Resources"].size(), 3u);
  EXPECT_TRUE(made["Resources"]["ChatsTable"]["Properties"].contains("KeySchema"));
  std::set<std::string> names;
  add_references(made, names);
  for (const std::string& name : names)
    EXPECT_TRUE(name.starts_with("AWS::") || made["Resources"].contains(name) ||
                made.value("Parameters", json::object()).contains(name))
        << name << " in " << made.dump(1);
}

TEST(ImportTemplate, KnowsHowEachTypeIsTold) {
  EXPECT_EQ(identifier_of("AWS::DynamoDB::Table"), "TableName");
  EXPECT_EQ(identifier_of("AWS::Cognito::UserPool"), "UserPoolId");
  EXPECT_EQ(identifier_of("AWS::IAM::Role"), "");
}

}  // namespace
}  // namespace wsdeep::deploy
