#include "stack/template/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "stack/checks/validate.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EnvironmentSettings environment(const std::string& more = "") {
  const ParsedSettings parsed = parse_settings(
      "project: chat\nenvironments: {dev: {region: us-east-1}}\nallowed_origins: [https://a.example.com]\n"
      "llm:\n  domain: llm.example.com\n  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\n"
      "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n"
      "  instance_types: [g5.xlarge]\n" +
      more);
  EXPECT_EQ(render(parsed.diagnostics), "");
  return parsed.settings.environments.at(0);
}

/// The embedded modules, one of them with a piece of text exchanged.
std::vector<TemplateModule> changed(std::string_view name, std::string_view old_text, std::string_view new_text) {
  std::vector<TemplateModule> modules = embedded_modules();
  for (TemplateModule& module : modules) {
    if (module.name != name) continue;
    static std::string text;
    text = module.text;
    const std::size_t at = text.find(old_text);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, old_text.size(), new_text);
    module.text = text;
  }
  return modules;
}

std::string deployment_of(const std::string& text) {
  const std::size_t at = text.find("\n  ApiDeployment");
  return text.substr(at + 3, text.find(':', at) - at - 3);
}

TEST(Compose, GivesTheSameBytesForTheSameInput) {
  EXPECT_EQ(compose(environment()).text, compose(environment()).text);
}

TEST(Compose, NamesTheDeploymentAfterWhatIsDeployed) {
  const std::string before = deployment_of(compose(environment()).text);
  EXPECT_EQ(before.size(), std::string_view("ApiDeployment").size() + 10);
  const auto route = changed("api", "RouteKey: $disconnect", "RouteKey: $bye");
  EXPECT_NE(deployment_of(compose(environment(), {}, route).text), before);
  const auto comment = changed("api", "# All actions of the chat", "# Every action of the chat");
  EXPECT_EQ(deployment_of(compose(environment(), {}, comment).text), before);
  const auto other = changed("tables", "PAY_PER_REQUEST", "PROVISIONED");
  EXPECT_EQ(deployment_of(compose(environment(), {}, other).text), before);
}

TEST(Compose, MakesTheStageFollowTheDeployment) {
  const std::string text = compose(environment()).text;
  EXPECT_THAT(text, HasSubstr("DeploymentId: !Ref " + deployment_of(text) + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("!Ref ApiDeployment\n")));
}

TEST(Compose, RefusesTwoModulesThatDefineTheSameName) {
  const auto modules =
      changed("tables", "  ConnectionsTable:\n", "  WebSocketApi:\n    Type: X\n\n  ConnectionsTable:\n");
  try {
    compose(environment(), {}, modules);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the modules 'tables' and 'api' both define 'WebSocketApi'");
  }
}

TEST(Compose, TakesOnlyTheModulesThatAreAskedFor) {
  const ComposedTemplate composed = compose(environment(), {"tables"});
  EXPECT_EQ(composed.modules, std::vector<std::string>{"tables"});
  EXPECT_THAT(composed.text, HasSubstr("  ChatsTable:\n"));
  EXPECT_THAT(composed.text, Not(HasSubstr("WebSocketApi")));
  try {
    compose(environment(), {"tabels"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the settings choose no module 'tabels', did you mean 'tables'?");
  }
}

TEST(Compose, GivesEveryDeclaredParameterItsValue) {
  const ComposedTemplate composed = compose(environment("alarm_email: ops@example.com\n"));
  const auto has = [&](const Parameter& wanted) {
    return std::find(composed.parameters.begin(), composed.parameters.end(), wanted) != composed.parameters.end();
  };
  EXPECT_TRUE(has({"LlmDomain", "llm.example.com"}));
  EXPECT_TRUE(has({"AlarmEmail", "ops@example.com"}));
  EXPECT_TRUE(has({"NodeOnDemandPercent", "100"}));
  EXPECT_FALSE(has({"MonthlyBudgetUsd", "0"}));
}

TEST(Compose, LetsTheNodesPullFromTheirOwnRepositoryOnly) {
  EnvironmentSettings settings = environment();
  EXPECT_THAT(compose(settings).text, Not(HasSubstr("ecr:")));
  settings.llm.image = "123456789012.dkr.ecr.us-east-2.amazonaws.com/engines/vllm:v1";
  EXPECT_THAT(compose(settings).text,
              HasSubstr("arn:${AWS::Partition}:ecr:us-east-2:123456789012:repository/engines/vllm\"\n"));
}

/// What stands under `key` of a resource, one a line.
std::vector<std::string> listed(const std::string& text, std::string_view resource, std::string_view key) {
  const YamlDocument document = parse_yaml(text, "t");
  const YamlNode* block = document.root.find("Resources")->find(resource);
  const YamlNode* list = block == nullptr ? nullptr : block->find(key);
  std::vector<std::string> found;
  if (list == nullptr) return found;
  for (const YamlNode& item : list->items) found.push_back(item.value);
  return found;
}

TEST(Compose, MakesTheWayOutOfTheNodesBeforeThemAndRemovesItAfterThem) {
  const auto depends = [](const std::string& more) {
    return listed(compose(environment(more)).text, "NodeGroup", "DependsOn");
  };
  EXPECT_THAT(depends(""), ::testing::ElementsAre("PrivateSubnetRoutesA", "PrivateSubnetRoutesB", "S3Endpoint",
                                                  "PrivateDefaultRouteA", "PrivateDefaultRouteB", "PublicDefaultRoute",
                                                  "PublicSubnetRoutesA"));
  EXPECT_THAT(depends("network: {nat_per_zone: true}\n"), ::testing::Contains("PublicSubnetRoutesB"));
  EXPECT_THAT(depends("  model_source: s3://models/deepseek\n"
                      "  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/vllm:v1\nnetwork: {egress: endpoints}\n"),
              ::testing::IsSupersetOf({"PrivateSubnetRoutesA", "S3Endpoint", "InterfaceEndpointEcrApi",
                                       "InterfaceEndpointEcrDkr", "InterfaceEndpointCloudformation"}));
  EXPECT_THAT(depends("network: {mode: existing, vpc: vpc-0123456789abcdef0, "
                      "subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]}\n"),
              ::testing::IsEmpty());
}

TEST(Compose, RingsForAFleetWithoutAHealthyNodeOnlyWhereThereIsAlwaysOne) {
  EXPECT_THAT(compose(environment("  min: 1\n")).text, HasSubstr("  NoHealthyNodeAlarm:\n"));
  EXPECT_THAT(compose(environment("  min: 0\n")).text, Not(HasSubstr("NoHealthyNodeAlarm")));
  EXPECT_THAT(compose(environment("  min: 1\n  schedule:\n"
                                  "    - {name: night, cron: \"0 22 * * *\", min: 0, desired: 0, max: 0}\n"))
                  .text,
              Not(HasSubstr("NoHealthyNodeAlarm")));
}

TEST(Compose, WatchesTheThrottlesOfEachTableAndItsIndexByMetricsThatExist) {
  const std::string text = compose(environment()).text;
  EXPECT_THAT(text, Not(HasSubstr("MetricName: ThrottledRequests")));
  const std::string alarm = text.substr(text.find("TableThrottlesAlarmChats:"));
  EXPECT_THAT(alarm.substr(0, alarm.find("\n\n")),
              ::testing::AllOf(HasSubstr("ReadThrottleEvents"), HasSubstr("WriteThrottleEvents"),
                               HasSubstr("{Name: GlobalSecondaryIndexName, Value: UserIdIndex}")));
}

TEST(Compose, CountsTheErrorsOfTheApiItselfToo) {
  EXPECT_THAT(compose(environment()).text, HasSubstr("MetricName: ExecutionError"));
}

TEST(ListModules, SaysWhatEachIsForAndWhetherItIsChosen) {
  const std::vector<ModuleSummary> all = list_modules(environment());
  EXPECT_EQ(all.size(), embedded_modules().size());
  EXPECT_EQ(all.front().name, "base");
  const auto ssm = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.name == "network-ssm"; });
  ASSERT_NE(ssm, all.end());
  EXPECT_FALSE(ssm->chosen);
  for (const ModuleSummary& one : all) EXPECT_THAT(one.summary, ::testing::EndsWith(".")) << one.name;
}

TEST(TemplateJson, TurnsShortTagsIntoFunctions) {
  const std::string yaml =
      "V: \"2010-09-09\"\nA: !Ref X\nB: !GetAtt X.Y.Z\nC: !Sub\n  - \"${a}\"\n  - {a: !Ref R}\n"
      "D: !Select [0, !GetAZs \"\"]\nE: !If [Cond, 1.5, false]\nF: 007\nG: null\nH: !Condition Other\nI: 2012-10-17\n";
  EXPECT_EQ(nlohmann::json::parse(template_json(yaml)),
            nlohmann::json::parse(R"({"V":"2010-09-09","A":{"Ref":"X"},"B":{"Fn::GetAtt":["X","Y.Z"]},
              "C":{"Fn::Sub":["${a}",{"a":{"Ref":"R"}}]},"D":{"Fn::Select":[0,{"Fn::GetAZs":""}]},
              "E":{"Fn::If":["Cond",1.5,false]},"F":"007","G":null,"H":{"Condition":"Other"},"I":"2012-10-17"})"));
  EXPECT_THROW(template_json("a: ["), Error);
}

TEST(TemplateJson, IsAcceptedByTheSameChecks) {
  std::vector<Diagnostic> diagnostics = validate_template(template_json(compose(environment()).text));
  std::erase_if(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::kNote; });
  EXPECT_EQ(render(diagnostics), "");
}

}  // namespace
}  // namespace wsdeep::stack
