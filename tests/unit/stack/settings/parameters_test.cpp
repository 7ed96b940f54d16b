#include "stack/settings/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

const std::vector<Parameter> kAwkward{{"Plain", "a"},
                                      {"Empty", ""},
                                      {"List", "a,b"},
                                      {"Quotes", "say \"hi\" C:\\x 'y'"},
                                      {"Lines", "one\n\ttwo  three "}};

EnvironmentSettings dev() {
  EnvironmentSettings settings;
  settings.name = "dev";
  settings.region = "us-east-1";
  settings.stack_name = "chat-dev";
  settings.profile = "ops";
  return settings;
}

TEST(RenderParameters, IsReadBackFromEveryFormat) {
  for (const ParameterFormat format :
       {ParameterFormat::kCloudFormation, ParameterFormat::kSamConfig, ParameterFormat::kYaml}) {
    const std::string text = render_parameters(kAwkward, format, dev(), Part::kService);
    EXPECT_EQ(read_parameters(text, "file", "dev"), kAwkward) << text;
  }
}

TEST(RenderParameters, WritesWhatTheToolsRead) {
  const std::vector<Parameter> one{{"Key", "a b"}};
  EXPECT_EQ(render_parameters(one, ParameterFormat::kCloudFormation, dev(), Part::kService),
            "[\n  {\n    \"ParameterKey\": \"Key\",\n    \"ParameterValue\": \"a b\"\n  }\n]\n");
  EXPECT_EQ(render_parameters(one, ParameterFormat::kYaml, dev(), Part::kService), "Key: \"a b\"\n");
  EXPECT_EQ(render_parameters(one, ParameterFormat::kSamConfig, dev(), Part::kService),
            "version = 0.1\n\n[dev.deploy.parameters]\nstack_name = \"chat-dev\"\nregion = \"us-east-1\"\n"
            "profile = \"ops\"\ncapabilities = [\"CAPABILITY_IAM\", \"CAPABILITY_AUTO_EXPAND\"]\n"
            "parameter_overrides = [\n  \"Key=\\\"a b\\\"\",\n]\n");
}

TEST(ParameterValues, AskNoMoreContextOfTheEngineThanTheModelHas) {
  EnvironmentSettings settings = dev();
  settings.llm.model = "deepseek-ai/deepseek-llm-7b-chat";
  EXPECT_THAT(parameter_values(settings, Part::kFleet), ::testing::Contains(Parameter{"LlmContextTokens", "4096"}));
}

TEST(ReadParameters, ReadsMapsWithListsAndNumbers) {
  EXPECT_EQ(read_parameters("A: 1\nB: [x, y]\nC: true\n", "p.yaml"),
            (std::vector<Parameter>{{"A", "1"}, {"B", "x,y"}, {"C", "true"}}));
  EXPECT_EQ(read_parameters(R"({"A": "1"})", "p.json"), (std::vector<Parameter>{{"A", "1"}}));
}

TEST(ReadParameters, NamesFileAndPlaceOfWhatIsWrong) {
  const auto fails = [](const std::string& text) {
    try {
      read_parameters(text, "p");
      return std::string("no failure");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(fails("[{\"ParameterKey\": \"A\"}]"),
            "p:1:2: expected ParameterKey and ParameterValue, or UsePreviousValue");
  EXPECT_EQ(fails(R"([{"ParameterKey": "A", "ParameterValue": "1", "UsePreviousValue": true}])"),
            "p:1:42: 'A' has both a value and UsePreviousValue");
  EXPECT_EQ(fails(R"([{"ParameterKey": "A", "UsePreviousValue": "maybe"}])"),
            "p:1:44: UsePreviousValue is true or false");
  EXPECT_EQ(fails(R"([{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "A", "ParameterValue": "2"}])"),
            "p:1:48: the parameter 'A' is there twice, with different values");
  EXPECT_EQ(fails("A: {b: c}"), "p:1:4: expected a value or a list of values");
  EXPECT_EQ(fails("just text"), "p:1:1: expected a map of parameters or CloudFormation's list");
}

TEST(ReadParameters, KeepsThePreviousValueWhereTheFileSaysSo) {
  EXPECT_EQ(read_parameters(R"([{"ParameterKey": "A", "UsePreviousValue": true},
                                {"ParameterKey": "B", "UsePreviousValue": false, "ParameterValue": "2"},
                                {"ParameterKey": "B", "ParameterValue": "2"}])",
                            "p.json"),
            (std::vector<Parameter>{{"A", "", true}, {"B", "2"}}));
  EXPECT_EQ(merge_parameters({{"A", "1"}}, {{"A", "", true}}), (std::vector<Parameter>{{"A", "", true}}));
  EXPECT_EQ(merge_parameters({{"A", "", true}}, {{"A", "1"}}), (std::vector<Parameter>{{"A", "1"}}));
}

TEST(ParameterValues, KeepAsManyNodesServingAsThereIsRoomForOneMore) {
  const auto in_service = [](std::int64_t desired, std::int64_t max, std::vector<ScheduleEntry> schedule = {}) {
    EnvironmentSettings settings;
    settings.llm.desired = desired;
    settings.llm.max = max;
    settings.llm.schedule = std::move(schedule);
    for (const Parameter& one : parameter_values(settings, Part::kFleet))
      if (one.key == "NodesInService") return one.value;
    return std::string("none");
  };
  EXPECT_EQ(in_service(1, 1), "0");
  EXPECT_EQ(in_service(1, 2), "1");
  EXPECT_EQ(in_service(2, 2), "1");
  EXPECT_EQ(in_service(2, 5), "2");
  EXPECT_EQ(in_service(0, 3), "0");
  EXPECT_EQ(in_service(0, 0), "0");
  ScheduleEntry night, day;
  night.max = 1;
  EXPECT_EQ(in_service(2, 5, {night}), "0");
  night.max = 0;
  day.max = 2;
  EXPECT_EQ(in_service(2, 5, {night, day}), "1");
}

TEST(MergeParameters, LetsTheLaterValueWin) {
  EXPECT_EQ(merge_parameters({{"A", "1"}, {"B", "2"}}, {{"B", "3"}, {"C", "4"}}),
            (std::vector<Parameter>{{"A", "1"}, {"B", "3"}, {"C", "4"}}));
}

TEST(ParameterFormats, GoByNameOrExtension) {
  EXPECT_EQ(parameter_format("cloudformation"), ParameterFormat::kCloudFormation);
  EXPECT_EQ(parameter_format("out/samconfig.toml"), ParameterFormat::kSamConfig);
  EXPECT_EQ(parameter_format("x.yml"), ParameterFormat::kYaml);
  EXPECT_THROW(parameter_format("x.txt"), Error);
}

}  // namespace
}  // namespace wsdeep::stack
