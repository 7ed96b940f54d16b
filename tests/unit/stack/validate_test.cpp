#include "stack/validate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kGood = R"(AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Name: {Type: String, AllowedPattern: "[a-z]+", MaxLength: 5}
  Size: {Type: Number, MinValue: 1, MaxValue: 9, Default: 3}
  Kind: {Type: String, AllowedValues: [small, large], Default: small}
Mappings:
  Sizes:
    small: {Delay: 1}
Conditions:
  IsLarge: !Equals [!Ref Kind, large]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-${Name}"
      DelaySeconds: !If [IsLarge, !Ref Size, !FindInMap [Sizes, small, Delay]]
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsLarge
    DependsOn: Queue
    Properties:
      Subscription:
        - {Protocol: sqs, Endpoint: !GetAtt Queue.Arn}
Outputs:
  Url: {Value: !GetAtt [Queue, QueueUrl]}
)";

std::string told(const std::string& text, ValidateOptions options = {}) {
  options.file = "t.yaml";
  return render(validate_template(text, options));
}

std::string with(std::string_view old_text, std::string_view new_text) {
  std::string text(kGood);
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

TEST(ValidateTemplate, AcceptsWhatIsRight) {
  EXPECT_EQ(told(std::string(kGood)), "");
}

TEST(ValidateTemplate, ShowsThePlaceInsideOfASub) {
  EXPECT_EQ(told(with("-${Name}", "-${Naem}-${Name}")),
            "t.yaml:15:42: 'Naem' is no parameter or resource of this template, did you mean 'Name'?\n"
            "        QueueName: !Sub \"${AWS::StackName}-${Naem}-${Name}\"\n"
            "                                           ^\n");
}

TEST(ValidateTemplate, ShowsThePlaceInsideOfALongText) {
  const std::string text = with("!Sub \"${AWS::StackName}-${Name}\"", "!Sub |\n        ${Name}\n        and ${Nobody}");
  EXPECT_THAT(told(text), HasSubstr("t.yaml:17:13: 'Nobody' is no parameter"));
}

TEST(ValidateTemplate, FindsEveryKindOfWrongReference) {
  const std::pair<std::string, std::string> cases[] = {
      {with("!Ref Size", "!Ref Sise"), "'Sise' is no parameter or resource of this template, did you mean 'Size'?"},
      {with("!Ref Size", "!Ref {a: b}"), "expected the name of a parameter or resource"},
      {with("!GetAtt Queue.Arn", "!GetAtt [Queue]"), "expected the name of a parameter or resource"},
      {with("!Ref Size", "{Ref: Sise}"), "'Sise' is no parameter or resource"},
      {with("!GetAtt Queue.Arn", "!GetAtt Queeu.Arn"),
       "'Queeu' is no resource of this template, did you mean 'Queue'?"},
      {with("!GetAtt Queue.Arn", "!GetAtt Queue.Arm"), "AWS::SQS::Queue has no attribute 'Arm', did you mean 'Arn'?"},
      {with("!GetAtt Queue.Arn", "{\"Fn::GetAtt\": [Queue, Arm]}"), "AWS::SQS::Queue has no attribute 'Arm'"},
      {with("!GetAtt Queue.Arn", "!Sub \"${Queue.Arm}\""), "AWS::SQS::Queue has no attribute 'Arm'"},
      {with("DependsOn: Queue", "DependsOn: [Queue, Qeue]"), "DependsOn names 'Qeue', which is no resource"},
      {with("Condition: IsLarge", "Condition: IsLrage"), "unknown condition 'IsLrage', did you mean 'IsLarge'?"},
      {with("!If [IsLarge", "!If [Islarge"), "unknown condition 'Islarge'"},
      {with("[Sizes,", "[Size,"), "unknown mapping 'Size', did you mean 'Sizes'?"},
      {with("[Sizes, small", "[Sizes, smal"), "the mapping 'Sizes' has no key 'smal', did you mean 'small'?"},
      {with("small, Delay", "small, Deley"), "the mapping 'Sizes' has no key 'Deley'"},
      {with("!Ref Kind,", "!Ref Queue,"), "a condition cannot depend on the resource 'Queue'"},
      {with("[Queue, QueueUrl]", "[Queue, Url]"), "AWS::SQS::Queue has no attribute 'Url'"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(told(text), HasSubstr(message)) << text;
}

TEST(ValidateTemplate, KnowsWhatSamMakes) {
  const std::string sam =
      "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
      "    Properties: {CodeUri: x}\nOutputs:\n  A: {Value: !GetAtt FRole.Arn}\n  B: {Value: !Ref F.Version}\n"
      "  C: {Value: !GetAtt F.Arn}\n";
  EXPECT_EQ(told(sam), "");
}

TEST(ValidateTemplate, KnowsTheApisThatSamMakesByItself) {
  EXPECT_EQ(told("Transform: AWS::Serverless-2016-10-31\nResources:\n  Chat: {Type: 'AWS::Serverless::Api', "
                 "Properties: {StageName: Prod}}\n  F:\n    Type: AWS::Serverless::Function\n"
                 "    Properties: {CodeUri: x, Events: {Poll: {Type: Schedule}}}\nOutputs:\n"
                 "  A: {Value: !Sub '${ServerlessRestApi}/${ServerlessRestApi.Stage}'}\n"
                 "  B: {Value: !Ref ServerlessRestApiProdStage}\n  C: {Value: !Ref ChatProdStage}\n"
                 "  D: {Value: !GetAtt FPoll.Arn}\n"),
            "");
  EXPECT_THAT(told("Resources:\n  Q: {Type: 'AWS::SQS::Queue', DependsOn: ServerlessRestApi}\n"),
              HasSubstr("no resource of this template"));
}

/// The worst that is said about a template.
Severity worst(const std::string& text) {
  Severity worst = Severity::kNote;
  for (const Diagnostic& one : validate_template(text, {})) {
    if (one.severity == Severity::kError) return Severity::kError;
    if (one.severity == Severity::kWarning) worst = Severity::kWarning;
  }
  return worst;
}

TEST(ValidateTemplate, OnlyWarnsOfNamesThatMayBeMadeAtDeployment) {
  const std::string queue = "Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Made}}\n";
  EXPECT_EQ(worst(queue), Severity::kError);
  for (const char* more : {"Transform: MyMacro\n", "Transform: [AWS::Serverless-2016-10-31, MyMacro]\n",
                           "Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}\n"})
    EXPECT_EQ(worst(more + queue), Severity::kWarning) << more;
  for (const char* more : {"  Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}\n",
                           "  M: {Type: 'My::S3::Encrypted::MODULE', Properties: {A: b}}\n"})
    EXPECT_EQ(worst(queue + more), Severity::kWarning) << more;
  EXPECT_EQ(worst("Transform: Count\nResources:\n  Q: {Type: 'AWS::SQS::Queue', Count: 3}\n"), Severity::kWarning);
  EXPECT_EQ(worst("Transform: AWS::Serverless-2016-10-31\n" + queue), Severity::kError);
}

TEST(ValidateTemplate, ReadsLoopsAndDefaultsOfTheLanguageExtensions) {
  EXPECT_EQ(told("Transform: AWS::LanguageExtensions\nParameters:\n  Kind: {Type: String, Default: small}\n"
                 "Mappings:\n  Sizes: {small: {Delay: 1}}\nResources:\n  Fn::ForEach::Queues:\n    - Name\n"
                 "    - [A, B]\n    - Queue${Name}:\n        Type: AWS::SQS::Queue\n        Properties:\n"
                 "          QueueName: !Sub '${Name}-${Kind}'\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n"
                 "      DelaySeconds: !FindInMap [Sizes, large, Delay, {DefaultValue: 5}]\n"),
            "");
  EXPECT_EQ(worst("Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Queues: [Name, [A], {'Q${Name}': "
                  "{Type: 'AWS::SQS::Queue'}}]\n  T: {Type: 'AWS::SNS::Topic', DependsOn: QA}\n"),
            Severity::kWarning);
}

TEST(ValidateTemplate, NamesACircle) {
  const std::string text =
      "Resources:\n"
      "  A: {Type: X::Y, Properties: {P: !Ref B}}\n"
      "  B: {Type: X::Y, Properties: {P: !GetAtt C.D}}\n"
      "  C: {Type: X::Y, DependsOn: A}\n"
      "  D: {Type: X::Y, Properties: {P: !Sub \"${D}\"}}\n";
  EXPECT_EQ(told(text),
            "t.yaml:4:30: circular dependency: A -> B -> C -> A\n    C: {Type: X::Y, DependsOn: A}\n"
            "                               ^\n"
            "t.yaml:5:41: circular dependency: D -> D\n    D: {Type: X::Y, Properties: {P: !Sub \"${D}\"}}\n"
            "                                          ^\n");
}

TEST(ValidateTemplate, NamesACircleOfConditions) {
  EXPECT_THAT(
      told(with("IsLarge: !Equals [!Ref Kind, large]",
                "IsLarge: !Not [!Condition Other]\n  Other: !And [{Condition: IsLarge}, !Equals [!Ref Kind, a]]")),
      HasSubstr("circular condition: IsLarge -> Other -> IsLarge"));
}

TEST(ValidateTemplate, WalksAVeryLongChain) {
  std::string text = "Resources:\n  R0: {Type: X::Y}\n";
  for (int i = 1; i < 4000; ++i) text += fmt::format("  R{}: {{Type: X::Y, DependsOn: R{}}}\n", i, i - 1);
  EXPECT_THAT(told(text), HasSubstr("4000 resources, and CloudFormation allows 500"));
}

TEST(ValidateTemplate, ChecksValuesAgainstTheirConstraints) {
  const auto given = [](const std::string& key, const std::string& value) {
    return told(std::string(kGood), {"t.yaml", {{key, value}}, false});
  };
  EXPECT_EQ(given("Name", "abc"), "");
  EXPECT_THAT(given("Name", "abcdef"), HasSubstr("the parameter 'Name': the given value has more than 5 characters"));
  EXPECT_THAT(given("Name", "ab1"), HasSubstr("'ab1' does not match [a-z]+"));
  EXPECT_THAT(given("Size", "10"), HasSubstr("'10' is more than 9"));
  EXPECT_THAT(given("Size", "0"), HasSubstr("'0' is less than 1"));
  EXPECT_THAT(given("Size", "x"), HasSubstr("'x' is no number"));
  EXPECT_THAT(given("Kind", "lagre"), HasSubstr("'lagre' is not one of small, large, did you mean 'large'?"));
  EXPECT_THAT(given("Nmae", "x"), HasSubstr("the template has no parameter 'Nmae', did you mean 'Name'?"));
  EXPECT_THAT(given("Name", std::string(5000, 'a')), HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(told(std::string(kGood), {"t.yaml", {}, true}),
              HasSubstr("3:3: the parameter 'Name' has neither a value nor a default"));
}

TEST(ValidateTemplate, HidesValuesThatMustNotBeShown) {
  const std::string text =
      told(with("MaxLength: 5}", "MaxLength: 5, NoEcho: true}"), {"t.yaml", {{"Name", "S3cret"}}, false});
  EXPECT_THAT(text, HasSubstr("(hidden) does not match"));
  EXPECT_EQ(text.find("S3cret"), std::string::npos);
}

TEST(ValidateTemplate, ChecksDeclarations) {
  EXPECT_THAT(told(with("Default: 3", "Default: 30")), HasSubstr("its default '30' is more than 9"));
  EXPECT_THAT(told(with("Default: 3", "Defualt: 3")),
              HasSubstr("unknown key 'Defualt' in the parameter 'Size', did you mean 'Default'?"));
  EXPECT_THAT(told(with("Type: Number", "Type: Nunber")),
              HasSubstr("unknown type 'Nunber' of the parameter 'Size', did you mean 'Number'?"));
  EXPECT_THAT(told(with("AllowedPattern: \"[a-z]+\"", "AllowedPattern: \"(a+)+$\""),
                   {"t.yaml", {{"Name", std::string(4000, 'a') + "b"}}, false}),
              HasSubstr("does not match"));
}

TEST(ValidateTemplate, ChecksStructure) {
  EXPECT_THAT(told(with("Conditions:", "Condition:")),
              HasSubstr("unknown section 'Condition', did you mean 'Conditions'?"));
  EXPECT_THAT(told(with("2010-09-09", "2012-10-17")), HasSubstr("the only format version is 2010-09-09"));
  EXPECT_THAT(told(with("    DependsOn: Queue\n", "    DependOn: Queue\n")),
              HasSubstr("unknown key 'DependOn' in the resource 'Topic', did you mean 'DependsOn'?"));
  EXPECT_THAT(told(with("  Topic:\n", "  My-Topic:\n")), HasSubstr("'My-Topic' is no logical id"));
  EXPECT_THAT(told(with("    Type: AWS::SNS::Topic\n", "")), HasSubstr("the resource 'Topic' has no Type"));
  EXPECT_THAT(told(with("    DependsOn: Queue\n", "    DeletionPolicy: Keep\n")), HasSubstr("expected Delete, Retain"));
  EXPECT_THAT(told(with("{Value: !GetAtt [Queue, QueueUrl]}", "{Description: x}")),
              HasSubstr("the output 'Url' has no Value"));
  EXPECT_THAT(told("Parameters: {}\n"), HasSubstr("a template needs at least one resource"));
  EXPECT_THAT(told("- a\n"), HasSubstr("expected a template"));
  EXPECT_THAT(told("a: [\n"), HasSubstr("t.yaml:"));
}

TEST(ValidateTemplate, WarnsOfWhatIsNotUsed) {
  EXPECT_EQ(told(with("-${Name}", "")),
            "t.yaml:3:3: warning: the parameter 'Name' is not used\n"
            "    Name: {Type: String, AllowedPattern: \"[a-z]+\", MaxLength: 5}\n"
            "    ^\n");
  EXPECT_THAT(told(with("Conditions:\n", "Conditions:\n  Idle: !Equals [a, b]\n")),
              HasSubstr("the condition 'Idle' is not used"));
  EXPECT_THAT(told(with("  Sizes:\n", "  More: {a: {b: c}}\n  Sizes:\n")), HasSubstr("the mapping 'More' is not used"));
}

TEST(ValidateTemplate, ChecksQuotas) {
  EXPECT_THAT(told(with("    DependsOn: Queue\n", "    Metadata: {x: " + std::string(60'000, 'x') + "}\n")),
              HasSubstr("note: the template has"));
  EXPECT_THAT(told(with("    DependsOn: Queue\n", "    Metadata: {x: " + std::string(1'100'000, 'x') + "}\n")),
              HasSubstr("CloudFormation allows 1048576"));
  std::string outputs(kGood);
  for (int i = 0; i < 200; ++i) outputs += fmt::format("  O{}: {{Value: x}}\n", i);
  EXPECT_THAT(told(outputs), HasSubstr("t.yaml:225:3: 201 outputs, and CloudFormation allows 200"));
}

TEST(ValidateTemplate, CountsTheKnownBytesOfAnEnvironment) {
  const std::string function =
      "Parameters:\n  P: {Type: String}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
      "      Environment:\n        Variables:\n          A: !Ref P\n          B: !Sub \"${P}-x\"\n";
  EXPECT_EQ(told(function, {"t.yaml", {{"P", std::string(2046, 'x')}}, true}), "");
  EXPECT_THAT(told(function, {"t.yaml", {{"P", std::string(2047, 'x')}}, true}),
              HasSubstr("the environment of 'F' has at least 4098 bytes, and Lambda allows 4096"));
}

TEST(ValidateTemplate, CountsTheKnownBytesOfUserData) {
  const auto user_data = [](std::size_t bytes) {
    return told(
        "Mappings: {M: {a: {b: " + std::string(84, 'm') +
        "}}}\nResources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        "        UserData:\n          Fn::Base64: !Sub\n            - \"${V}" +
        std::string(bytes - 84, 'x') + "\"\n            - V: !FindInMap [M, a, b]\n");
  };
  EXPECT_EQ(user_data(16'384), "");
  EXPECT_THAT(user_data(16'385), HasSubstr("the user data of 'T' has at least 16385 bytes, and EC2 allows 16384"));
}

TEST(ResourcePlaces, TellTheLineOfEachResource) {
  const auto places = resource_places(kGood);
  EXPECT_EQ(places.at("Queue"), (Position{12, 3}));
  EXPECT_EQ(places.at("Topic"), (Position{17, 3}));
  EXPECT_TRUE(resource_places("a: [").empty());
}

}  // namespace
}  // namespace wsdeep::stack
