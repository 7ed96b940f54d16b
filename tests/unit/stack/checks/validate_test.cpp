#include "stack/checks/validate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kGoodTemplate = R"(AWSTemplateFormatVersion: "2010-09-09"
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

std::string judged(const std::string& text, ValidateOptions options = {}) {
  options.file = "t.yaml";
  return render(validate_template(text, options));
}

std::string template_with(std::string_view old_text, std::string_view new_text) {
  std::string text(kGoodTemplate);
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

TEST(ValidateTemplate, AcceptsWhatIsRight) {
  EXPECT_EQ(judged(std::string(kGoodTemplate)), "");
}

TEST(ValidateTemplate, ShowsThePlaceInsideOfASub) {
  EXPECT_EQ(judged(template_with("-${Name}", "-${Naem}-${Name}")),
            "t.yaml:15:42: 'Naem' is no parameter or resource of this template, did you mean 'Name'?\n"
            "        QueueName: !Sub \"${AWS::StackName}-${Naem}-${Name}\"\n"
            "                                           ^\n");
}

TEST(ValidateTemplate, ShowsThePlaceInsideOfALongText) {
  const std::string text =
      template_with("!Sub \"${AWS::StackName}-${Name}\"", "!Sub |\n        ${Name}\n        and ${Nobody}");
  EXPECT_THAT(judged(text), HasSubstr("t.yaml:17:13: 'Nobody' is no parameter"));
}

TEST(ValidateTemplate, FindsEveryKindOfWrongReference) {
  const std::pair<std::string, std::string> cases[] = {
      {template_with("!Ref Size", "!Ref Sise"),
       "'Sise' is no parameter or resource of this template, did you mean 'Size'?"},
      {template_with("!Ref Size", "!Ref {a: b}"), "expected the name of a parameter or resource"},
      {template_with("!GetAtt Queue.Arn", "!GetAtt [Queue]"),
       "!GetAtt takes a list of 2, the resource and its attribute, got a list of 1"},
      {template_with("!Ref Size", "{Ref: Sise}"), "'Sise' is no parameter or resource"},
      {template_with("!GetAtt Queue.Arn", "!GetAtt Queeu.Arn"),
       "'Queeu' is no resource of this template, did you mean 'Queue'?"},
      {template_with("!GetAtt Queue.Arn", "!GetAtt Queue.Arm"),
       "AWS::SQS::Queue has no attribute 'Arm' that wsdeep knows, did you mean 'Arn'?"},
      {template_with("!GetAtt Queue.Arn", "{\"Fn::GetAtt\": [Queue, Arm]}"),
       "AWS::SQS::Queue has no attribute 'Arm' that wsdeep knows"},
      {template_with("!GetAtt Queue.Arn", "!Sub \"${Queue.Arm}\""),
       "AWS::SQS::Queue has no attribute 'Arm' that wsdeep knows"},
      {template_with("DependsOn: Queue", "DependsOn: [Queue, Qeue]"), "DependsOn names 'Qeue', which is no resource"},
      {template_with("Condition: IsLarge", "Condition: IsLrage"),
       "unknown condition 'IsLrage', did you mean 'IsLarge'?"},
      {template_with("!If [IsLarge", "!If [Islarge"), "unknown condition 'Islarge'"},
      {template_with("[Sizes,", "[Size,"), "unknown mapping 'Size', did you mean 'Sizes'?"},
      {template_with("[Sizes, small", "[Sizes, smal"), "the mapping 'Sizes' has no key 'smal', did you mean 'small'?"},
      {template_with("small, Delay", "small, Deley"), "the mapping 'Sizes' has no key 'Deley'"},
      {template_with("!Ref Kind,", "!Ref Queue,"), "a condition cannot depend on the resource 'Queue'"},
      {template_with("[Queue, QueueUrl]", "[Queue, Url]"), "AWS::SQS::Queue has no attribute 'Url' that wsdeep knows"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(judged(text), HasSubstr(message)) << text;
}

TEST(ValidateTemplate, KnowsWhatSamMakes) {
  const std::string sam =
      "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
      "    Properties: {CodeUri: x}\nOutputs:\n  A: {Value: !GetAtt FRole.Arn}\n  B: {Value: !Ref F.Version}\n"
      "  C: {Value: !GetAtt F.Arn}\n";
  EXPECT_EQ(judged(sam), "");
}

TEST(ValidateTemplate, KnowsTheApisThatSamMakesByItself) {
  EXPECT_EQ(judged("Transform: AWS::Serverless-2016-10-31\nResources:\n  Chat: {Type: 'AWS::Serverless::Api', "
                   "Properties: {StageName: Prod}}\n  F:\n    Type: AWS::Serverless::Function\n"
                   "    Properties: {CodeUri: x, Events: {Poll: {Type: Schedule}}}\nOutputs:\n"
                   "  A: {Value: !Sub '${ServerlessRestApi}/${ServerlessRestApi.Stage}'}\n"
                   "  B: {Value: !Ref ServerlessRestApiProdStage}\n  C: {Value: !Ref ChatProdStage}\n"
                   "  D: {Value: !GetAtt FPoll.Arn}\n"),
            "");
  EXPECT_THAT(judged("Resources:\n  Q: {Type: 'AWS::SQS::Queue', DependsOn: ServerlessRestApi}\n"),
              HasSubstr("no resource of this template"));
}

TEST(ValidateTemplate, LetsAnAlarmStopTheDeploymentOfTheFunctionThatItWatches) {
  EXPECT_EQ(judged("Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
                   "    Properties:\n      CodeUri: x\n      AutoPublishAlias: live\n"
                   "      DeploymentPreference: {Type: Canary10Percent10Minutes, Alarms: [!Ref Errors]}\n"
                   "  Errors:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n"
                   "      Dimensions: [{Name: FunctionName, Value: !Ref F}]\n"
                   "Outputs:\n  Version: {Value: !GetAtt F.Version.Version}\n"),
            "");
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
  EXPECT_EQ(judged("Transform: AWS::LanguageExtensions\nParameters:\n  Kind: {Type: String, Default: small}\n"
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
  EXPECT_EQ(judged(text),
            "t.yaml:4:30: circular dependency: A -> B -> C -> A\n    C: {Type: X::Y, DependsOn: A}\n"
            "                               ^\n"
            "t.yaml:5:41: circular dependency: D -> D\n    D: {Type: X::Y, Properties: {P: !Sub \"${D}\"}}\n"
            "                                          ^\n");
}

TEST(ValidateTemplate, NamesACircleOfConditions) {
  EXPECT_THAT(judged(template_with(
                  "IsLarge: !Equals [!Ref Kind, large]",
                  "IsLarge: !Not [!Condition Other]\n  Other: !And [{Condition: IsLarge}, !Equals [!Ref Kind, a]]")),
              HasSubstr("circular condition: IsLarge -> Other -> IsLarge"));
}

TEST(ValidateTemplate, WalksAVeryLongChain) {
  std::string text = "Resources:\n  R0: {Type: X::Y}\n";
  for (int i = 1; i < 4000; ++i) text += fmt::format("  R{}: {{Type: X::Y, DependsOn: R{}}}\n", i, i - 1);
  EXPECT_THAT(judged(text), HasSubstr("4000 resources, and CloudFormation allows 500"));
}

TEST(ValidateTemplate, ChecksValuesAgainstTheirConstraints) {
  const auto given = [](const std::string& key, const std::string& value) {
    return judged(std::string(kGoodTemplate), {"t.yaml", {{key, value}}, false});
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
  EXPECT_THAT(judged(std::string(kGoodTemplate), {"t.yaml", {}, true}),
              HasSubstr("3:3: the parameter 'Name' has neither a value nor a default"));
}

TEST(ValidateTemplate, HidesValuesThatMustNotBeShown) {
  const std::string text =
      judged(template_with("MaxLength: 5}", "MaxLength: 5, NoEcho: true}"), {"t.yaml", {{"Name", "S3cret"}}, false});
  EXPECT_THAT(text, HasSubstr("(hidden) does not match"));
  EXPECT_EQ(text.find("S3cret"), std::string::npos);
}

TEST(ValidateTemplate, ChecksDeclarations) {
  EXPECT_THAT(judged(template_with("Default: 3", "Default: 30")), HasSubstr("its default '30' is more than 9"));
  EXPECT_THAT(judged(template_with("Default: 3", "Defualt: 3")),
              HasSubstr("unknown key 'Defualt' in the parameter 'Size', did you mean 'Default'?"));
  EXPECT_THAT(judged(template_with("Type: Number", "Type: Nunber")),
              HasSubstr("unknown type 'Nunber' of the parameter 'Size', did you mean 'Number'?"));
  EXPECT_THAT(judged(template_with("AllowedPattern: \"[a-z]+\"", "AllowedPattern: \"(a+)+$\""),
                     {"t.yaml", {{"Name", std::string(4000, 'a') + "b"}}, false}),
              HasSubstr("does not match"));
}

TEST(ValidateTemplate, ChecksStructure) {
  EXPECT_THAT(judged(template_with("Conditions:", "Condition:")),
              HasSubstr("unknown section 'Condition', did you mean 'Conditions'?"));
  EXPECT_THAT(judged(template_with("2010-09-09", "2012-10-17")), HasSubstr("the only format version is 2010-09-09"));
  EXPECT_THAT(judged(template_with("    DependsOn: Queue\n", "    DependOn: Queue\n")),
              HasSubstr("unknown key 'DependOn' in the resource 'Topic', did you mean 'DependsOn'?"));
  EXPECT_THAT(judged(template_with("  Topic:\n", "  My-Topic:\n")), HasSubstr("'My-Topic' is no logical id"));
  EXPECT_THAT(judged(template_with("    Type: AWS::SNS::Topic\n", "")), HasSubstr("the resource 'Topic' has no Type"));
  EXPECT_THAT(judged(template_with("    DependsOn: Queue\n", "    DeletionPolicy: Keep\n")),
              HasSubstr("expected Delete, Retain"));
  EXPECT_THAT(judged(template_with("{Value: !GetAtt [Queue, QueueUrl]}", "{Description: x}")),
              HasSubstr("the output 'Url' has no Value"));
  EXPECT_THAT(judged("Parameters: {}\n"), HasSubstr("a template needs at least one resource"));
  EXPECT_THAT(judged("- a\n"), HasSubstr("expected a template"));
  EXPECT_THAT(judged("a: [\n"), HasSubstr("t.yaml:"));
}

TEST(ValidateTemplate, WarnsOfWhatIsNotUsed) {
  EXPECT_EQ(judged(template_with("-${Name}", "")),
            "t.yaml:3:3: warning: the parameter 'Name' is not used\n"
            "    Name: {Type: String, AllowedPattern: \"[a-z]+\", MaxLength: 5}\n"
            "    ^\n");
  EXPECT_THAT(judged(template_with("Conditions:\n", "Conditions:\n  Idle: !Equals [a, b]\n")),
              HasSubstr("the condition 'Idle' is not used"));
  EXPECT_THAT(judged(template_with("  Sizes:\n", "  More: {a: {b: c}}\n  Sizes:\n")),
              HasSubstr("the mapping 'More' is not used"));
}

TEST(ValidateTemplate, ChecksQuotas) {
  EXPECT_THAT(judged(template_with("    DependsOn: Queue\n", "    Metadata: {x: " + std::string(60'000, 'x') + "}\n")),
              HasSubstr("note: the template has"));
  EXPECT_THAT(
      judged(template_with("    DependsOn: Queue\n", "    Metadata: {x: " + std::string(1'100'000, 'x') + "}\n")),
      HasSubstr("CloudFormation allows 1048576"));
  std::string outputs(kGoodTemplate);
  for (int i = 0; i < 200; ++i) outputs += fmt::format("  O{}: {{Value: x}}\n", i);
  EXPECT_THAT(judged(outputs), HasSubstr("t.yaml:225:3: 201 outputs, and CloudFormation allows 200"));
}

TEST(ValidateTemplate, CountsTheKnownBytesOfAnEnvironment) {
  const std::string function =
      "Parameters:\n  P: {Type: String}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
      "      Environment:\n        Variables:\n          A: !Ref P\n          B: !Sub \"${P}-x\"\n";
  EXPECT_EQ(judged(function, {"t.yaml", {{"P", std::string(2046, 'x')}}, true}), "");
  EXPECT_THAT(judged(function, {"t.yaml", {{"P", std::string(2047, 'x')}}, true}),
              HasSubstr("the environment of 'F' has at least 4098 bytes, and Lambda allows 4096"));
}

TEST(ValidateTemplate, CountsTheKnownBytesOfUserData) {
  const auto user_data = [](std::size_t bytes) {
    return judged(
        "Mappings: {M: {a: {b: " + std::string(84, 'm') +
        "}}}\nResources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        "        UserData:\n          Fn::Base64: !Sub\n            - \"${V}" +
        std::string(bytes - 84, 'x') + "\"\n            - V: !FindInMap [M, a, b]\n");
  };
  EXPECT_EQ(user_data(16'384), "");
  EXPECT_THAT(user_data(16'385), HasSubstr("the user data of 'T' has at least 16385 bytes, and EC2 allows 16384"));
}

/// The messages about a template with this property, without places and source lines.
std::vector<std::string> told_of(const std::string& before, const std::string& property) {
  const std::string text = before + "Resources:\n  T: {Type: 'AWS::SNS::Topic'}\n  Q:\n    Type: AWS::SQS::Queue\n" +
                           "    Properties:\n      P: " + property + "\n";
  std::vector<std::string> messages;
  for (const Diagnostic& one : validate_template(text, {"t.yaml", {}, false})) {
    messages.push_back((one.severity == Severity::kError ? "" : "warning: ") + one.message);
    EXPECT_GT(one.at.line, 0U) << one.message;
  }
  return messages;
}

TEST(ValidateFunctions, TakeTheShapesThatCloudFormationTakes) {
  const std::string before =
      "Parameters: {L: {Type: CommaDelimitedList}}\nConditions: {C: !Equals [!Ref AWS::Region, x]}\n"
      "Mappings: {M: {a: {b: c}}}\n";
  for (const char* property : {"!Join ['', !Ref L]",
                               "!Join [',', [a, !Ref L, {'Fn::GetAtt': [T, TopicArn]}]]",
                               "!Select [0, !Ref L]",
                               "!Select ['1', [a, b]]",
                               "!Select [!Ref L, !GetAZs '']",
                               "!Split [',', !Ref L]",
                               "!Cidr [a, 2]",
                               "!Cidr [a, '256', 8]",
                               "!If [C, a, !Ref AWS::NoValue]",
                               "!FindInMap [M, !Ref L, b]",
                               "!FindInMap [M, a, !FindInMap [M, a, b]]",
                               "!Sub '${L}'",
                               "!Sub ['${a}', {a: !Ref L}]",
                               "!Sub ['x']",
                               "!Base64 x",
                               "{'Fn::Base64': !Sub '${L}'}",
                               "!Base64 {'Fn::Sub': '${L}'}",
                               "!GetAZs",
                               "!GetAZs {Ref: L}",
                               "!ImportValue x",
                               "!ImportValue {'Fn::Sub': '${L}-x'}",
                               "{'Fn::ImportValue': {'Fn::Join': ['', [!Ref L]]}}",
                               "!GetAtt [T, !Ref L]",
                               "!GetAtt T.TopicArn",
                               "{'Fn::GetStackOutput': {StackName: a, OutputName: b}}",
                               "{Condition: {StringEquals: {a: b}}}",
                               "{Ref: x, Fn: y}"}) {
    std::vector<std::string> messages = told_of(before, property);
    std::erase_if(messages, [](const std::string& one) { return one.ends_with("is not used"); });
    EXPECT_EQ(join(messages, "; "), "") << property;
  }
}

TEST(ValidateFunctions, TellWrongShapes) {
  const std::pair<const char*, const char*> cases[] = {
      {"!Join [',']", "!Join takes a list of 2, the delimiter and the texts, got a list of 1"},
      {"!Join abc", "!Join takes a list of 2, the delimiter and the texts, got 'abc'"},
      {"{'Fn::Join': {a: b}}", "Fn::Join takes a list of 2, the delimiter and the texts, got a map"},
      {"!Join [',', abc]", "what !Join joins is a list, got 'abc'"},
      {"!Join [',', [a, [b]]]", "!Join joins texts, got a list of 1"},
      {"!Join [!Ref T, [a]]", "the delimiter of !Join is a text, got !Ref 'T'"},
      {"!Select [0]", "!Select takes a list of 2, the index and the values, got a list of 1"},
      {"!Select [2, [a, b]]", "there is no value 2 in a list of 2: the first one is 0"},
      {"!Select [first, [a, b]]", "the index of !Select is a number from 0, got 'first'"},
      {"!Select [-1, [a, b]]", "the index of !Select is a number from 0, got '-1'"},
      {"!Select [0, abc]", "what !Select selects from is a list, got 'abc'"},
      {"!Split [',', [a]]", "what !Split splits is a text, got a list of 1"},
      {"!Split [[','], a]", "the delimiter of !Split is a text, got a list of 1"},
      {"!Cidr [a, 257, 8]", "the count of !Cidr is from 1 to 256, got '257'"},
      {"!Cidr [a, 2, 129]", "the number of bits of !Cidr is from 1 to 128, got '129'"},
      {"!Cidr [a]", "!Cidr takes a list of 2 to 3, the block, how many parts, and the bits of each, got a list of 1"},
      {"!If [!Equals [a, b], x, y]", "!If takes the name of a condition, got !Equals"},
      {"!If [a, x]",
       "!If takes a list of 3, the condition, the value when it holds, and the other one, got a list of 2"},
      {"!Sub {a: b}", "!Sub takes a text, or a list of the text and its variables, got a map"},
      {"!Sub [a, b]", "the variables of !Sub are a map, got 'b'"},
      {"!Sub [a, {b: c}, d]", "!Sub takes a text, or a list of the text and its variables, got a list of 3"},
      {"!Sub [!Ref AWS::Region, {}]", "the text of !Sub is written out, got !Ref 'AWS::Region'"},
      {"!Base64 [a]", "!Base64 takes one text, got a list of 1"},
      {"{'Fn::GetAZs': [a]}", "Fn::GetAZs takes one text, got a list of 1"},
      {"!ImportValue [a]", "!ImportValue takes one text, got a list of 1"},
      {"{'Fn::ImportValue': !Sub '${T}'}", "the name that Fn::ImportValue imports cannot depend on the resource 'T'"},
      {"!GetAtt T", "!GetAtt names the attribute after the resource: T.ATTRIBUTE"},
      {"!GetAtt T.", "!GetAtt names the attribute after the resource: T.ATTRIBUTE"},
      {"!GetAtt [T, A, B]", "!GetAtt takes a list of 2, the resource and its attribute, got a list of 3"},
      {"{'Fn::GetAtt': [!Ref AWS::Region, Arn]}",
       "a function as the resource of Fn::GetAtt needs Transform: AWS::LanguageExtensions"},
      {"{Ref: !Sub x}", "a function inside of Ref needs Transform: AWS::LanguageExtensions"},
      {"{'Fn::Length': [a]}", "Fn::Length needs Transform: AWS::LanguageExtensions"},
      {"!ToJsonString {a: b}", "!ToJsonString needs Transform: AWS::LanguageExtensions"},
      {"!Jion [',', [a]]", "unknown function '!Jion', did you mean '!Join'?"},
      {"{'Fn::Subb': a}", "unknown function 'Fn::Subb', did you mean 'Fn::Sub'?"},
      {"{'Fn::Nothing': a, B: c}", "unknown function 'Fn::Nothing'"},
      {"!Base64 {'Fn::Join': [a]}", "Fn::Join takes a list of 2, the delimiter and the texts, got a list of 1"},
  };
  for (const auto& [property, message] : cases) {
    std::vector<std::string> messages = told_of("", property);
    std::erase_if(messages, [](const std::string& one) { return one.starts_with("unknown condition"); });
    EXPECT_EQ(join(messages, "; "), message) << property;
  }
  const std::string map = "Mappings: {M: {a: {b: c}}}\n";
  EXPECT_EQ(join(told_of(map, "!FindInMap [M, !Sub a, b]"), "; "),
            "!FindInMap takes only Ref and FindInMap for a name, got !Sub 'a'");
  EXPECT_EQ(join(told_of(map, "!FindInMap [M, a, b, {DefaultValue: c}]"), "; "),
            "!FindInMap takes a list of 3, the mapping, the first key and the second, got a list of 4");
  EXPECT_EQ(join(told_of("Transform: AWS::LanguageExtensions\n" + map, "!FindInMap [M, a, b, c]"), "; "),
            "the fourth of !FindInMap is a map with DefaultValue, got 'c'");
}

TEST(ValidateFunctions, PointAtTheFunction) {
  EXPECT_EQ(judged(template_with("!Ref Size,", "!Jion [a],")),
            "t.yaml:4:3: warning: the parameter 'Size' is not used\n"
            "    Size: {Type: Number, MinValue: 1, MaxValue: 9, Default: 3}\n"
            "    ^\n"
            "t.yaml:16:35: unknown function '!Jion', did you mean '!Join'?\n"
            "        DelaySeconds: !If [IsLarge, !Jion [a], !FindInMap [Sizes, small, Delay]]\n"
            "                                    ^\n");
}

TEST(ValidateFunctions, TellPlacesThatTakeNone) {
  const std::pair<std::string, std::string> cases[] = {
      {template_with("DependsOn: Queue", "DependsOn: !Ref Queue"),
       "20:16: DependsOn takes names of resources, got !Ref 'Queue'"},
      {template_with("DependsOn: Queue", "DependsOn: !Ref Queue"), "write only the name: DependsOn: Queue"},
      {template_with("DependsOn: Queue", "DependsOn: [{Ref: Queue}]"), "DependsOn takes names of resources, got Ref"},
      {template_with("DependsOn: Queue", "DeletionPolicy: !Ref Name"),
       "a function as DeletionPolicy needs Transform: AWS::LanguageExtensions"},
      {template_with("Type: AWS::SNS::Topic", "Type: !Sub AWS::SNS::Topic"),
       "Type takes no function, got !Sub 'AWS::SNS::Topic'"},
      {template_with("Condition: IsLarge", "Condition: !Not [IsLarge]"), "Condition takes no function, got !Not"},
      {template_with("Default: 3", "Default: !Ref Name"), "Parameters holds values only, and this is !Ref 'Name'"},
      {template_with("Delay: 1", "Delay: !Ref Name"), "Mappings holds values only, and this is !Ref 'Name'"},
      {template_with("{Value: !GetAtt [Queue, QueueUrl]}", "{Value: x, Description: !Sub x}"),
       "Description takes no function, got !Sub 'x'"},
      {template_with("!Equals [!Ref Kind, large]", "!If [a, b, c]"),
       "the condition 'IsLarge' is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, got !If"},
      {template_with("!Equals [!Ref Kind, large]", "true"),
       "the condition 'IsLarge' is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, got 'true'"},
      {template_with("!Equals [!Ref Kind, large]", "!Not [IsLarge]"), "!Not takes conditions, got 'IsLarge'"},
      {template_with("!Equals [!Ref Kind, large]", "!Not [IsLarge]"),
       "another condition is named as !Condition IsLarge"},
      {template_with("!Equals [!Ref Kind, large]", "!And [!Equals [a, b]]"),
       "!And takes a list of 2 to 10, conditions, got a list of 1"},
      {template_with("!Equals [!Ref Kind, large]", "!Or [!Equals [a, b], !Ref Kind]"),
       "!Or takes conditions, got !Ref 'Kind'"},
      {template_with("!Equals [!Ref Kind, large]", "!Equals [!Ref Kind]"),
       "!Equals takes a list of 2, the values to compare, got a list of 1"},
      {template_with("!Equals [!Ref Kind, large]", "!Equals [!Ref Kind, [large]]"),
       "!Equals compares texts, got a list of 1"},
      {template_with("!Equals [!Ref Kind, large]", "!Equals [!GetAtt Queue.Arn, a]"),
       "a condition cannot depend on the resource 'Queue'"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(judged(text), HasSubstr(message)) << text;
}

TEST(ValidateFunctions, OnlyWarnWhereAMacroMayWriteAnew) {
  EXPECT_EQ(join(told_of("Transform: MyMacro\n", "!Explode a"), "; "), "warning: unknown function '!Explode'");
  EXPECT_EQ(worst("Transform: AWS::LanguageExtensions\nResources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: "
                  "{P: !Explode a}}\n"),
            Severity::kError);
}

TEST(ValidateLoops, TellWrongShapes) {
  const auto loop = [](const std::string& text) {
    return judged("Transform: AWS::LanguageExtensions\nResources:\n  T: {Type: 'AWS::SNS::Topic'}\n  " + text + "\n");
  };
  const std::string body = "{'Q${N}': {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref N}}}";
  EXPECT_EQ(loop("Fn::ForEach::Qs: [N, [a, b], " + body + "]"), "");
  EXPECT_EQ(loop("Fn::ForEach::Qs: [[N, M], {a: b}, " + body + "]"), "");
  EXPECT_THAT(
      loop("Fn::ForEach::Qs: [N, [a, b]]"),
      HasSubstr("t.yaml:4:20: a loop is a list of 3, the identifier, the values and what to make of each, got a "
                "list of 2\n"));
  EXPECT_THAT(loop("Fn::ForEach::Qs: [N, a, " + body + "]"),
              HasSubstr("4:24: the values of a loop are a list, got 'a'\n"));
  EXPECT_THAT(loop("Fn::ForEach::Qs: [{N: x}, [a], " + body + "]"),
              HasSubstr("the identifier of a loop is a name, got a map\n"));
  EXPECT_THAT(loop("Fn::ForEach::Qs: [N, [a, b], x]"), HasSubstr("what a loop makes is a map, got 'x'\n"));
  EXPECT_THAT(loop("Fn::ForEach::Q-s: [N, [a, b], " + body + "]"),
              HasSubstr("'Q-s' is no name of a loop: letters and digits only\n"));
  EXPECT_THAT(loop("Fn::ForEach::Qs: [N, [a, b], {Q: {Type: 'AWS::SQS::Queue'}}]"),
              HasSubstr("each round of the loop makes 'Q' again\n"));
  EXPECT_THAT(loop("Fn::ForEach::Qs: [N, [a, b], {'Q${N}': {Type: 'A::B::C', Properties: {P: !Join [a]}}}]"),
              HasSubstr("!Join takes a list of 2"));
  EXPECT_THAT(judged("Resources:\n  Fn::ForEach::Qs: [N, [a, b], " + body + "]\n"),
              HasSubstr("t.yaml:2:3: Fn::ForEach needs Transform: AWS::LanguageExtensions\n"));
}

TEST(ValidateValues, TellWhatYamlMakesOfThem) {
  EXPECT_EQ(judged(template_with("Queue.Arn}", "Queue.Arn}\n      DisplayName:")),
            "t.yaml:24:7: 'DisplayName' has no value, and CloudFormation refuses null\n        DisplayName:\n"
            "        ^\n  give it a value, or remove it\n");
  EXPECT_EQ(join(told_of("", "[a, null]"), "; "), "an item of this list has no value, and CloudFormation refuses null");
  EXPECT_EQ(join(told_of("", "{200: a, '300': b, 0x1: c}"), "; "),
            "the key 200 is a number, and CloudFormation takes text for keys");
  EXPECT_EQ(join(told_of("", "[012345670123, '012345670123', 123456789012, 012345678901]"), "; "),
            "warning: 012345670123 is an octal number to YAML, not an account id");
  EXPECT_EQ(join(told_of("", "[&a [x], *a]"), "; "), "warning: CloudFormation takes no YAML aliases");
}

TEST(ValidateValues, LeaveNullToTransformsThatTakeIt) {
  EXPECT_EQ(judged("Transform: AWS::Serverless-2016-10-31\nResources:\n  S:\n    Type: AWS::Serverless::StateMachine\n"
                   "    Properties: {Definition: {States: {A: {ResultPath: null}}}}\n"),
            "");
  EXPECT_EQ(judged("Transform: AWS::LanguageExtensions\nResources:\n  Q: {Type: 'A::B::C', Properties: {P: null}}\n"),
            "");
  EXPECT_EQ(judged("Resources:\n  Q: {Type: 'A::B::C', Metadata: {P: null, 200: x}}\nMetadata: {a: null}\n"), "");
}

TEST(ValidateSam, WantsItsTransform) {
  EXPECT_EQ(judged("Resources:\n  F: {Type: 'AWS::Serverless::Function'}\n"),
            "t.yaml:2:13: AWS::Serverless::Function needs Transform: AWS::Serverless-2016-10-31\n"
            "    F: {Type: 'AWS::Serverless::Function'}\n              ^\n  add it at the top of the template\n");
  EXPECT_THAT(judged("Globals: {Function: {Timeout: 3}}\nResources:\n  T: {Type: 'AWS::SNS::Topic'}\n"),
              HasSubstr("t.yaml:1:1: the section 'Globals' needs Transform: AWS::Serverless-2016-10-31\n"));
}

TEST(ValidateSam, TakesAnApiAndAFunctionThatNameEachOther) {
  EXPECT_EQ(judged("Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
                   "    Properties: {Events: {Get: {Type: Api, Properties: {RestApiId: !Ref A}}}}\n"
                   "  A: {Type: 'AWS::Serverless::Api', Properties: {Variables: {F: !Sub '${F.Arn}'}}}\n"),
            "");
}

TEST(ValidateOutputs, ExportANameOnce) {
  const std::string value = "{Value: !GetAtt [Queue, QueueUrl]}";
  const auto outputs = [&](const std::string& first, const std::string& second) {
    return judged(
        template_with(value, "{Value: a, Export: {Name: " + first + "}}\n  Second: {Value: b, " + second + "}"));
  };
  EXPECT_EQ(outputs("x", "Export: {Name: x}"),
            "t.yaml:26:37: the outputs 'Url' and 'Second' export the same name 'x'\n"
            "    Second: {Value: b, Export: {Name: x}}\n                                      ^\n");
  EXPECT_THAT(outputs("!Sub '${Name}-x'", "Export: {Name: !Sub '${Name}-x'}"), HasSubstr("same name '${Name}-x'\n"));
  EXPECT_EQ(outputs("x", "Export: {Name: y}"), "");
  EXPECT_EQ(outputs("Name", "Export: {Name: !Ref Name}"), "");
  EXPECT_EQ(outputs("x", "Condition: IsLarge, Export: {Name: x}"), "");
  EXPECT_THAT(outputs("x", "Export: y"), HasSubstr("Export takes a map with Name\n"));
  EXPECT_THAT(outputs("x", "Export: {Name: !Sub '${Queue}-x'}"),
              HasSubstr("t.yaml:26:43: the name of an export cannot depend on the resource 'Queue'\n"));
  EXPECT_THAT(outputs("x", "Export: {Name: a_b}"),
              HasSubstr("the name of an export has letters, digits, colons and hyphens only, got 'a_b'\n"));
}

TEST(ValidateParameters, TellImpossibleConstraints) {
  const std::pair<std::string, std::string> cases[] = {
      {template_with("MinValue: 1", "MinValue: 10"),
       "4:34: the parameter 'Size': MinValue 10 is more than MaxValue 9\n"},
      {template_with("MaxLength: 5", "MaxLength: 5, MinLength: 6"),
       "the parameter 'Name': MinLength 6 is more than MaxLength 5\n"},
      {template_with("MaxLength: 5", "MaxLength: five"), "the parameter 'Name': MaxLength is a number, got 'five'\n"},
      {template_with("\"[a-z]+\"", "\"[a-z+\""),
       "3:40: the parameter 'Name': its AllowedPattern is no regular expression: a class '[' is not closed\n"},
      {template_with("Default: 3", "Default: [3]"),
       "the parameter 'Size': its default is a text or a number, not a list\n"},
      {template_with("Type: Number", "Type: List<AWS::EC2::Subnet::ID>"),
       "4:16: unknown type 'List<AWS::EC2::Subnet::ID>' of the parameter 'Size', did you mean "
       "'List<AWS::EC2::Subnet::Id>'?\n"},
      {template_with("Type: Number", "Type: AWS::Quantum::Computer::Id"),
       "warning: unknown type 'AWS::Quantum::Computer::Id' of the parameter 'Size'\n"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(judged(text), HasSubstr(message)) << text;
}

TEST(ValidateParameters, TakeWhatCloudFormationTakes) {
  const auto parameter = [](const std::string& text) {
    return judged("Parameters:\n  P: {" + text + "}\nResources:\n  Q: {Type: 'A::B::C', Properties: {P: !Ref P}}\n");
  };
  for (const char* text : {"Type: CommaDelimitedList, Default: 'a, b', AllowedValues: [a, b]",
                           "Type: CommaDelimitedList, Default: 'a,b', AllowedPattern: '[a-z]'",
                           "Type: String, Default: True, AllowedValues: ['true', 'false']", "Type: 'List<String>'",
                           "Type: 'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>'",
                           "Type: 'AWS::SSM::Parameter::Name'", "Type: String, AllowedPattern: '(?i)[a-z]{6,16}+'"})
    EXPECT_EQ(parameter(text), "") << text;
  EXPECT_THAT(parameter("Type: CommaDelimitedList, Default: 'a,c', AllowedValues: [a, b]"),
              HasSubstr("its default 'a,c' is not one of a, b"));
}

TEST(ValidateConditions, WarnOfReferencesToWhatMayBeMissing) {
  const std::string head =
      "Parameters:\n  Stage: {Type: String}\n  Cache: {Type: String}\nConditions:\n"
      "  IsProd: !Equals [!Ref Stage, prod]\n  IsDev: !Equals [dev, !Ref Stage]\n  NotProd: !Not [!Condition IsProd]\n"
      "  HasCache: !And [{Condition: IsProd}, !Equals [!Ref Cache, 'true']]\n"
      "  Any: !Or [!Condition IsProd, !Condition IsDev, !Condition NotProd, !Condition HasCache]\n"
      "Resources:\n  T: {Type: 'AWS::SNS::Topic', Condition: IsProd}\n  U: {Type: 'A::B::C', Condition: Any}\n";
  const auto queue = [&](const std::string& text) { return judged(head + "  Q: {Type: 'A::B::C', " + text + "}\n"); };
  EXPECT_EQ(
      queue("Condition: Any, Properties: {P: !Ref T}"),
      "t.yaml:13:56: warning: 'T' is made only when 'IsProd' holds, and the resource 'Q' refers to it also when not\n"
      "    Q: {Type: 'A::B::C', Condition: Any, Properties: {P: !Ref T}}\n"
      "                                                         ^\n"
      "  put the reference into an Fn::If of 'IsProd', or give the resource this condition, too\n");
  for (const char* wrong :
       {"Condition: Any, Properties: {P: !GetAtt T.TopicArn}", "Condition: Any, Properties: {P: !Sub '${T}'}",
        "Condition: IsDev, Properties: {P: !Ref T}", "Condition: NotProd, Properties: {P: !Ref T}",
        "Condition: Any, Properties: {P: !If [IsProd, a, !Ref T]}",
        "Condition: Any, Properties: {P: !If [IsDev, !Ref T, b]}"})
    EXPECT_THAT(queue(wrong), HasSubstr("'T' is made only when 'IsProd' holds")) << wrong;
  for (const char* right :
       {"Condition: IsProd, Properties: {P: !Ref T}", "Condition: HasCache, Properties: {P: !Ref T}",
        "Condition: Any, Properties: {P: !If [IsProd, !Ref T, b]}",
        "Condition: Any, Properties: {P: !If [HasCache, {A: [!Ref T]}, b]}",
        "Condition: Any, Properties: {P: !If [NotProd, a, !Ref T]}", "Condition: Any, DependsOn: T",
        "Condition: Any, Properties: {P: !If [IsDev, a, !If [IsProd, !Ref T, b]]}"})
    EXPECT_EQ(queue(right), "") << right;
}

TEST(ValidateConditions, SayNothingOfWhatTheyDoNotUnderstand) {
  const auto told_with = [](const std::string& conditions, const std::string& more = "") {
    return judged(more +
                  "Parameters: {S: {Type: CommaDelimitedList, AllowedValues: [a, b]}, U: {Type: String}}\n"
                  "Conditions: {" +
                  conditions +
                  "}\nResources:\n  T: {Type: 'AWS::SNS::Topic', Condition: C}\n"
                  "  Q: {Type: 'A::B::C', Condition: D, Properties: {P: !Ref T, U: !Ref U}}\n");
  };
  EXPECT_EQ(told_with("C: !Equals [!Select [0, !Ref S], a], D: !Equals [!Join ['', !Ref S], a]"), "");
  EXPECT_EQ(told_with("C: !Equals [!Ref S, !Ref U], D: !Equals [!Ref S, a]"), "");
  EXPECT_EQ(told_with("C: !Not [!Equals [!Ref S, a]], D: !Equals [!Ref S, b]"), "");
  EXPECT_THAT(told_with("C: !Not [!Equals [!Ref S, b]], D: !Equals [!Ref S, b]"), HasSubstr("'T' is made only when"));
  EXPECT_EQ(told_with("C: !Equals [!Ref S, a], D: !Equals [!Ref S, b]",
                      "Rules: {R: {Assertions: [{Assert: !Equals [!Ref S, a]}]}}\n"),
            "");
}

TEST(ValidateConditions, AreWorkedOutOnceHoweverOftenTheyAreNamed) {
  std::string text = "Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, a]\n";
  for (int i = 1; i <= 60; ++i)
    text += fmt::format("  C{}: !And [!Condition C{}, !Not [!Not [!Condition C{}]]]\n", i, i - 1, i - 1);
  text +=
      "Resources:\n  T: {Type: 'AWS::SNS::Topic', Condition: C60}\n  Q: {Type: 'A::B::C', Properties: {P: !Ref T}}\n";
  EXPECT_THAT(judged(text), HasSubstr("'T' is made only when 'C60' holds"));
  EXPECT_THAT(judged(template_with("!Equals [!Ref Kind, large]", "!Not [!Condition IsLarge]")),
              HasSubstr("circular condition"));
}

TEST(ValidateConditions, WarnOfOutputs) {
  EXPECT_THAT(judged(template_with("{Value: !GetAtt [Queue, QueueUrl]}", "{Value: !Ref Topic}")),
              HasSubstr("'Topic' is made only when 'IsLarge' holds, and the output 'Url' refers to it also when not"));
}

TEST(ValidateSchedules, TellWrongOnes) {
  const auto resource = [](const std::string& type, const std::string& properties) {
    return judged("Transform: AWS::Serverless-2016-10-31\nResources:\n  R: {Type: '" + type +
                  "', Properties: " + properties + "}\n");
  };
  EXPECT_EQ(
      resource("AWS::Events::Rule", "{ScheduleExpression: 'cron(0 12 * * ?)'}"),
      "t.yaml:3:67: wrong schedule 'cron(0 12 * * ?)': cron() has six fields (minute, hour, day of the month, month, "
      "day of the week, year), and here are 5\n"
      "    R: {Type: 'AWS::Events::Rule', Properties: {ScheduleExpression: 'cron(0 12 * * ?)'}}\n"
      "                                                                    ^\n");
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"AWS::Scheduler::Schedule", "{ScheduleExpression: rate(5)}", "wrong schedule 'rate(5)': rate() takes"},
      {"AWS::Scheduler::Schedule", "{ScheduleExpressionTimezone: CEST}",
       "'CEST' is no IANA time zone, such as UTC or Europe/Berlin\n"},
      {"AWS::AutoScaling::ScheduledAction", "{Recurrence: 0 25 * * *}",
       "wrong schedule '0 25 * * *': '25' is no hour: 0 to 23\n"},
      {"AWS::AutoScaling::ScheduledAction", "{TimeZone: Berlin}", "'Berlin' is no IANA time zone"},
      {"AWS::ApplicationAutoScaling::ScalableTarget", "{ScheduledActions: [{Schedule: 0 1 * * *}]}",
       "wrong schedule '0 1 * * *': a schedule is cron(...), rate(...) or at(...)\n"},
      {"AWS::Serverless::Function", "{Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 minutes)}}}}",
       "rate(1 minutes) is written rate(1 minute)\n"},
      {"AWS::Serverless::Function", "{Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(1)}}}}",
       "cron() has six fields"},
  };
  for (const auto& [type, properties, message] : cases)
    EXPECT_THAT(resource(type, properties), HasSubstr(message)) << properties;
  EXPECT_EQ(resource("AWS::Events::Rule", "{ScheduleExpression: !Sub 'cron(${AWS::Region})'}"), "");
  EXPECT_EQ(resource("AWS::Events::Rule", "{ScheduleExpression: '{{resolve:ssm:/when}}'}"), "");
}

TEST(ValidateTemplate, CountsTheEnvironmentOfGlobals) {
  const auto environment = [](std::size_t global, const std::string& own) {
    return judged("Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Environment: {Variables: {A: " +
                  std::string(global, 'x') + "}}}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n" + own +
                  "    Properties: {Environment: {Variables: {B: " + std::string(2000, 'y') + "}}}\n");
  };
  EXPECT_EQ(environment(2094, ""), "");
  EXPECT_THAT(environment(2095, ""),
              HasSubstr("t.yaml:6:43: the environment of 'F', with that of Globals, has at least "
                        "4097 bytes, and Lambda allows 4096\n"));
  EXPECT_EQ(environment(2095, "    IgnoreGlobals: '*'\n"), "");
}

TEST(ValidateTemplate, ReadsWhatTheShortBase64OfASubRefersTo) {
  EXPECT_EQ(
      judged("Parameters: {P: {Type: String}}\nResources:\n  L:\n    Type: AWS::EC2::LaunchTemplate\n"
             "    Properties:\n      LaunchTemplateData:\n        UserData: !Base64\n          Fn::Sub: a ${P}\n"),
      "");
}

TEST(ResourcePlaces, TellTheLineOfEachResource) {
  const auto places = resource_places(kGoodTemplate);
  EXPECT_EQ(places.at("Queue"), (Position{12, 3}));
  EXPECT_EQ(places.at("Topic"), (Position{17, 3}));
  EXPECT_TRUE(resource_places("a: [").empty());
}

}  // namespace
}  // namespace wsdeep::stack
