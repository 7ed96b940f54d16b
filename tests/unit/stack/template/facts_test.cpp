#include "stack/template/facts.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

constexpr const char* kTemplate = R"(Parameters:
  A: {Type: String}
  B: {Type: String, Default: x}
Resources:
  F:
    Type: AWS::Serverless::Function
    DeletionPolicy: Delete
    Properties: {CodeUri: build/package/message.zip}
  G:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: "build/connect.zip"  # quoted
  H:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: s3://b/k.zip}
  T: {Type: T, DeletionPolicy: RetainExceptOnCreate}
)";

TEST(TemplateFacts, FindPackagesParametersAndWhatStays) {
  EXPECT_EQ(local_packages(kTemplate), (std::set<std::string>{"connect", "message"}));
  EXPECT_EQ(retained_resources(kTemplate), (std::set<std::string>{"T"}));
  EXPECT_EQ(resource_count(kTemplate), 4u);
  const auto declared = declared_parameters(kTemplate);
  ASSERT_EQ(declared.size(), 2u);
  EXPECT_FALSE(declared[0].has_default);
  EXPECT_TRUE(declared[1].has_default);
}

TEST(TemplateFacts, KnowWhichParametersAreSecrets) {
  const auto declared = declared_parameters(
      "Parameters:\n  A: {Type: String, NoEcho: true}\n  B: {Type: String, NoEcho: 'True'}\n  C: {Type: String}\n"
      "  D: {Type: String, NoEcho: false}\n");
  ASSERT_EQ(declared.size(), 4u);
  EXPECT_TRUE(declared[0].no_echo && declared[1].no_echo);
  EXPECT_FALSE(declared[2].no_echo || declared[3].no_echo);
}

TEST(TemplateFacts, PointPackagesElsewhereAndLeaveTheRest) {
  const std::string text = with_packages_at(kTemplate, {{"message", "s3://b/m"}, {"connect", "s3://b/c"}});
  std::string expected = kTemplate;
  expected.replace(expected.find("build/package/message.zip"), 25, "s3://b/m");
  expected.replace(expected.find("build/connect.zip"), 17, "s3://b/c");
  EXPECT_EQ(text, expected);
}

TEST(TemplateFacts, FindNestedStacksWhoseTemplateIsAFileHere) {
  EXPECT_EQ(local_nested_stacks(R"(
Resources:
  Here: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./network.yaml}}
  There: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://b.s3.amazonaws.com/network.yaml}}
  Chosen: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !Ref Url}}
  Other: {Type: AWS::SNS::Topic, Properties: {TemplateURL: ./network.yaml}}
)"),
            std::vector<std::string>{"Here"});
}

TEST(TemplateFacts, AreNoneOfABrokenTemplate) {
  EXPECT_TRUE(local_packages("a: [").empty());
  EXPECT_TRUE(declared_parameters("Parameters: 7").empty());
}

}  // namespace
}  // namespace wsdeep::stack
