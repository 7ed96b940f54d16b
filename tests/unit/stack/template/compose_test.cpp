#include "stack/template/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "stack/checks/validate.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ParsedSettings parsed_settings(const std::string& more) {
  return parse_settings(
      "project: chat\nenvironments: {dev: {region: us-east-1}}\nallowed_origins: [https://a.example.com]\n"
      "llm:\n  domain: llm.example.com\n  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\n"
      "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555\n"
      "  instance_types: [g5.xlarge]\n" +
      more);
}

EnvironmentSettings environment(const std::string& more = "") {
  const ParsedSettings parsed = parsed_settings(more);
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

/// The logical ids of the API's routes to a backend, by their names.
std::map<std::string, std::string> backend_routes(const std::string& names) {
  const std::string text =
      compose(
          environment("auth: {token_in_query: false}\nbackend: {url: https://labs.example.com, signing_secret: labs/x, "
                      "routes: [" +
                      names + "]}\n"),
          Part::kService)
          .text;
  std::map<std::string, std::string> ids;
  const YAML::Node resources = YAML::Load(text)["Resources"];
  for (const auto& resource : resources)
    if (const auto id = resource.first.as<std::string>();
        id.starts_with("BackendRoute") && resource.second["Properties"]["RouteKey"])
      ids.emplace(resource.second["Properties"]["RouteKey"].as<std::string>(), id);
  return ids;
}

TEST(Compose, NamesABackendsRouteAfterItAlone) {
  const std::string all = "a_b, a-b, ab, Ab, x, responseX, default, labRun";
  const auto ids = backend_routes(all);
  EXPECT_EQ(ids.size(), 8u);
  EXPECT_EQ(backend_routes("labRun, default, responseX, x, Ab, ab, a-b, a_b"), ids) << "in whichever order";
  std::set<std::string> different;
  for (const auto& [name, id] : ids) {
    different.insert(id);
    EXPECT_EQ(backend_routes(name).at(name), id) << "whatever others there are";
  }
  EXPECT_EQ(different.size(), ids.size());
  EXPECT_EQ(ids.at("labRun"), "BackendRouteLabRun");
  EXPECT_EQ(backend_routes("$default").at("$default"), "BackendRouteDefault");
}

TEST(Compose, GivesTheSameBytesForTheSameInput) {
  EXPECT_EQ(compose(environment(), Part::kService).text, compose(environment(), Part::kService).text);
}

TEST(Compose, NamesTheDeploymentAfterWhatIsDeployed) {
  const std::string before = deployment_of(compose(environment(), Part::kService).text);
  EXPECT_EQ(before.size(), std::string_view("ApiDeployment").size() + 10);
  const auto route = changed("api", "RouteKey: $disconnect", "RouteKey: $bye");
  EXPECT_NE(deployment_of(compose(environment(), Part::kService, {}, route).text), before);
  const auto comment = changed("api", "# All actions of the chat", "# Every action of the chat");
  EXPECT_EQ(deployment_of(compose(environment(), Part::kService, {}, comment).text), before);
  const auto other = changed("tables", "PAY_PER_REQUEST", "PROVISIONED");
  EXPECT_EQ(deployment_of(compose(environment(), Part::kService, {}, other).text), before);
}

TEST(Compose, MakesTheStageFollowTheDeployment) {
  const std::string text = compose(environment(), Part::kService).text;
  EXPECT_THAT(text, HasSubstr("DeploymentId: !Ref " + deployment_of(text) + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("!Ref ApiDeployment\n")));
}

TEST(Compose, CallsFunctionsByTheAliasOfTheirCanary) {
  const std::string without = compose(environment(), Part::kService).text;
  for (const char* word : {"AutoPublish", "DeploymentPreference", "CodeDeploy", "RELEASE", ".Alias", ":live"})
    EXPECT_THAT(without, Not(HasSubstr(word)));
  const std::string with =
      compose(environment("functions: {canary: {percent: 20, minutes: 15}}\n"), Part::kService).text;
  EXPECT_THAT(with, HasSubstr("TimeBasedCanary: {CanaryPercentage: 20, CanaryInterval: 15}"));
  EXPECT_THAT(with, HasSubstr("Alarms: [!Ref FunctionErrorsAlarmMessage, !Ref ApiErrorsAlarm]"));
  EXPECT_THAT(with, HasSubstr("Alarms: [!Ref AuthorizerFaultsAlarm, !Ref ApiErrorsAlarm]"));
  EXPECT_THAT(with, HasSubstr("functions/${MessageFunction.Alias}/invocations\""));
  EXPECT_THAT(with, HasSubstr("FunctionName: !Ref MessageFunction.Alias\n"));
  EXPECT_THAT(with, HasSubstr("GENERATE_FUNCTION: !Sub \"${GenerateFunction}:live\"\n"));
  EXPECT_THAT(with, HasSubstr("Resource: !Sub \"${GenerateFunction.Arn}:live\"\n"));
  for (const char* word : {"Function.Arn}/invocations", "FunctionName: !Ref MessageFunction\n", ": release\n"})
    EXPECT_THAT(with, Not(HasSubstr(word)));
  EXPECT_EQ(render(validate_template(with, {})), render(validate_template(without, {})));
}

TEST(Compose, RefusesTwoModulesThatDefineTheSameName) {
  const auto modules =
      changed("tables", "  ConnectionsTable:\n", "  WebSocketApi:\n    Type: X\n\n  ConnectionsTable:\n");
  try {
    compose(environment(), Part::kService, {}, modules);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the modules 'tables' and 'api' both define 'WebSocketApi'");
  }
}

TEST(Compose, TakesOnlyTheModulesThatAreAskedFor) {
  const ComposedTemplate composed = compose(environment(), Part::kService, {"tables"});
  EXPECT_EQ(composed.modules, std::vector<std::string>{"tables"});
  EXPECT_THAT(composed.text, HasSubstr("  ChatsTable:\n"));
  EXPECT_THAT(composed.text, Not(HasSubstr("WebSocketApi")));
  try {
    compose(environment(), Part::kService, {"tabels"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the settings choose no module 'tabels', did you mean 'tables'?");
  }
}

TEST(Compose, GivesEveryDeclaredParameterItsValue) {
  const ComposedTemplate composed = compose(environment("alarm_email: ops@example.com\n"), Part::kService);
  const auto has = [&](const Parameter& wanted) {
    return std::find(composed.parameters.begin(), composed.parameters.end(), wanted) != composed.parameters.end();
  };
  EXPECT_TRUE(has({"LlmDomain", "llm.example.com"}));
  EXPECT_TRUE(has({"AlarmEmail", "ops@example.com"}));
  EXPECT_FALSE(has({"MonthlyBudgetUsd", "0"}));
  EXPECT_FALSE(has({"NodeOnDemandPercent", "100"}));
  EXPECT_THAT(compose(environment(), Part::kFleet).parameters,
              ::testing::Contains(Parameter{"NodeOnDemandPercent", "100"}));
}

TEST(Compose, LetsTheNodesPullFromTheirOwnRepositoryOnly) {
  EnvironmentSettings settings = environment();
  EXPECT_THAT(compose(settings, Part::kFleet).text, Not(HasSubstr("ecr:")));
  settings.llm.image = "123456789012.dkr.ecr.us-east-2.amazonaws.com/engines/vllm:v1";
  EXPECT_THAT(compose(settings, Part::kFleet).text,
              HasSubstr("arn:${AWS::Partition}:ecr:us-east-2:123456789012:repository/engines/vllm\"\n"));
}

TEST(Compose, HasNothingOfTheNodesInTheServiceThatTheyAreNotGiven) {
  const std::string text = compose(environment(), Part::kService).text;
  for (const char* name : {"NodeImage", "NodePackage", "AWS::AutoScaling", "AWS::ElasticLoadBalancing",
                           "LaunchTemplate", "AWS::Route53::HostedZone", "NodeRole"})
    EXPECT_THAT(text, Not(HasSubstr(name)));
}

/// Neither a newer AMI nor a build of wsdeep can change the service's stack by way of the nodes.
TEST(Compose, GivesTheServiceNoParameterOfTheNodes) {
  const ComposedTemplate service = compose(environment(), Part::kService);
  EXPECT_THAT(service.to_fill, ::testing::IsEmpty());
  for (const Parameter& one : service.parameters) EXPECT_FALSE(one.key.starts_with("Node")) << one.key;
}

TEST(Compose, FillsTheFleetByOutputsOfTheServiceInEveryNetwork) {
  for (const char* network :
       {"", "network: {egress: endpoints}\nauth: {user_pool: us-east-1_AbC123xyz, client_ids: [abc]}\n",
        "network: {mode: existing, vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0, "
        "subnet-0123456789abcdef1]}\n",
        "network: {mode: ssm, vpc: /net/vpc, subnets: [/net/subnets]}\n"}) {
    std::string more = network;
    if (more.find("endpoints") != std::string::npos)
      more = "  model_source: s3://models/deepseek\n  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/vllm:v1\n" +
             more;
    const EnvironmentSettings settings = environment(more + "alarm_email: ops@example.com\n");
    const YamlDocument service = parse_yaml(compose(settings, Part::kService).text, "service");
    const ComposedTemplate fleet = compose(settings, Part::kFleet);
    const YamlDocument declared = parse_yaml(fleet.text, "fleet");
    for (const FleetInput& input : kFleetInputs) {
      EXPECT_NE(service.root.find("Outputs")->find(input.output), nullptr) << network << input.output;
      EXPECT_NE(declared.root.find("Parameters")->find(input.parameter), nullptr) << network << input.parameter;
    }
    EXPECT_THAT(fleet.to_fill, ::testing::ElementsAre("Vpc", "PrivateSubnets", "LoadBalancerSecurityGroup",
                                                      "NodeSecurityGroup", "NodePackageBucket", "NodePackageKey"));
  }
}

/// The outputs of both are one object for scripts.
TEST(Compose, NamesNoOutputTwice) {
  const EnvironmentSettings settings = environment("alarm_email: ops@example.com\n");
  const YamlDocument service = parse_yaml(compose(settings, Part::kService).text, "service");
  const YamlDocument fleet = parse_yaml(compose(settings, Part::kFleet).text, "fleet");
  for (const YamlEntry& output : fleet.root.find("Outputs")->entries)
    EXPECT_EQ(service.root.find("Outputs")->find(output.key.value), nullptr) << output.key.value;
}

TEST(Compose, RingsForNodesThatAreWantedAndDoNotServeWhereThereMayBeNone) {
  const std::string always = compose(environment("  min: 1\n"), Part::kFleet).text;
  EXPECT_THAT(always, HasSubstr("  NoHealthyNodeAlarm:\n"));
  EXPECT_THAT(always, Not(HasSubstr("NoServingNodeAlarm")));
  for (const char* asleep : {"  min: 0\n  start_minutes: 7\n",
                             "  min: 1\n  start_minutes: 7\n  schedule:\n"
                             "    - {name: night, cron: \"0 22 * * *\", min: 0, desired: 0, max: 0}\n"}) {
    const std::string text = compose(environment(asleep), Part::kFleet).text;
    EXPECT_THAT(text, Not(HasSubstr("NoHealthyNodeAlarm")));
    const std::string alarm = text.substr(text.find("  NoServingNodeAlarm:\n"));
    EXPECT_THAT(alarm.substr(0, alarm.find("\n\n")), HasSubstr("EvaluationPeriods: 14\n")) << "twice start_minutes";
  }
}

TEST(Compose, WakesAFleetThatSleepsByWhatItsServiceCounts) {
  const auto settings = environment("  min: 0\n  start_minutes: 7\n");
  EXPECT_THAT(compose(settings, Part::kService).text, HasSubstr("          LLM_START_SECONDS: \"420\"\n"));
  const std::string fleet = compose(settings, Part::kFleet).text;
  const std::string alarm = fleet.substr(fleet.find("  NodeAskedAlarm:\n"));
  EXPECT_THAT(alarm.substr(0, alarm.find("\n\n")),
              ::testing::AllOf(HasSubstr("Name: Stack, "), HasSubstr(settings.stack_name)));
  const auto awake = environment("  min: 1\n");
  EXPECT_THAT(compose(awake, Part::kService).text, Not(HasSubstr("LLM_START_SECONDS")));
  EXPECT_THAT(compose(awake, Part::kFleet).text, Not(HasSubstr("NodeAskedAlarm")));
}

TEST(Compose, HasGenerateNameNoModelSoThatOldAndNewNodesAnswerIt) {
  EXPECT_THAT(compose(environment(), Part::kService).text, Not(HasSubstr("LLM_MODEL")));
}

TEST(Compose, WatchesTheThrottlesOfEachTableAndItsIndexByMetricsThatExist) {
  const std::string text = compose(environment(), Part::kService).text;
  EXPECT_THAT(text, Not(HasSubstr("MetricName: ThrottledRequests")));
  const std::string alarm = text.substr(text.find("TableThrottlesAlarmChats:"));
  EXPECT_THAT(alarm.substr(0, alarm.find("\n\n")),
              ::testing::AllOf(HasSubstr("ReadThrottleEvents"), HasSubstr("WriteThrottleEvents"),
                               HasSubstr("{Name: GlobalSecondaryIndexName, Value: UserIdIndex}")));
}

/// @connections of a WebSocket API is reached over IPv6 where there is no NAT gateway.
TEST(Compose, LetsTheFunctionsOfABackendInTheVpcReachTheirClients) {
  const std::string backend =
      "  model_source: s3://models/r1/\n  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/vllm:v0.8.5\n"
      "auth: {token_in_query: false}\nrooms: true\n"
      "backend: {url: https://labs.example.com, routes: [a], network: vpc}\n";
  const auto ways_out = [&](const std::string& egress) {
    const ParsedSettings parsed = parsed_settings(backend + "network: {mode: new, egress: " + egress + "}\n");
    EXPECT_FALSE(has_errors(parsed.diagnostics)) << render(parsed.diagnostics);
    const std::string text = compose(parsed.settings.environments.at(0), Part::kService).text;
    const std::size_t at = text.find("\n  BackendSecurityGroup:");
    EXPECT_NE(at, std::string::npos);
    return text.substr(at, text.find("      Tags:", at) - at);
  };
  EXPECT_THAT(ways_out("endpoints"), HasSubstr("CidrIpv6: ::/0"));
  EXPECT_THAT(ways_out("nat"), Not(HasSubstr("CidrIpv6")));
}

TEST(Compose, CountsTheErrorsOfTheApiItselfToo) {
  EXPECT_THAT(compose(environment(), Part::kService).text, HasSubstr("MetricName: ExecutionError"));
}

TEST(ListModules, SaysWhatEachIsForAndWhetherItIsChosen) {
  const std::vector<ModuleSummary> all = list_modules(environment(), Part::kService);
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
  std::vector<Diagnostic> diagnostics = validate_template(template_json(compose(environment(), Part::kService).text));
  std::erase_if(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::kNote; });
  EXPECT_EQ(render(diagnostics), "");
}

}  // namespace
}  // namespace wsdeep::stack
