#include "load/remote/carried_command.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using CarriedVariables = std::map<std::string, std::string, std::less<>>;
using CarriedWords = std::vector<std::string>;

CarriedCommand carried(const CarriedWords& words, const CarriedVariables& variables = {},
                       const PlanOptions& plan = {}) {
  return carry_command(words, plan, Env(variables), "/in");
}

TEST(CarriedCommandTest, NamesCopiesOfFilesWhereTheCommandLineNamesFiles) {
  const CarriedCommand got = carried({"loadtest", "chat", "--url", "wss://t", "--tokens", "a/tokens.jsonl",
                                      "--prompts=p.jsonl", "--ca", "ca.pem", "--slo", "--tokens"});
  EXPECT_EQ(got.arguments, (CarriedWords{"loadtest", "chat", "--url", "wss://t", "--tokens", "/in/tokens",
                                         "--prompts=/in/prompts", "--ca", "/in/ca-file", "--slo", "--tokens"}));
  EXPECT_EQ(got.files,
            (std::vector<CarriedFile>{
                {"a/tokens.jsonl", "tokens", true}, {"p.jsonl", "prompts", false}, {"ca.pem", "ca-file", false}}));
}

TEST(CarriedCommandTest, TakesTheWordBehindAFileFlagForAFileWhateverItLooksLike) {
  const CarriedCommand got = carried({"loadtest", "llm", "--url", "h:1", "--stages", "--trace"});
  EXPECT_EQ(got.arguments.back(), "/in/stages");
  EXPECT_EQ(got.files, (std::vector<CarriedFile>{{"--trace", "stages", false}}));
}

TEST(CarriedCommandTest, NamesTheSameCopiesInThePlan) {
  PlanOptions plan;
  plan.rate = "5/s";
  plan.prompts = "p.jsonl";
  plan.stages = "morning";
  const CarriedCommand got =
      carried({"loadtest", "llm", "--url", "h:1", "--prompts", "p.jsonl", "--stages", "morning"}, {}, plan);
  EXPECT_EQ(got.plan.prompts, "/in/prompts");
  EXPECT_EQ(got.plan.stages, "/in/stages");
  EXPECT_EQ(got.plan.rate, "5/s");
  EXPECT_EQ(got.files.size(), 2u);
}

TEST(CarriedCommandTest, BringsTheVariablesThatNameTheTargetAndNoSecret) {
  const CarriedCommand got = carried({"loadtest", "chat", "--tokens", "t"}, {{"WSDEEP_URL", "wss://t"},
                                                                             {"WSDEEP_CLIENT_ID", "c"},
                                                                             {"WSDEEP_CA_FILE", "ca.pem"},
                                                                             {"WSDEEP_PASSWORD", "secret"},
                                                                             {"AWS_SECRET_ACCESS_KEY", "secret"}});
  EXPECT_EQ(
      got.environment,
      (CarriedVariables{{"WSDEEP_URL", "wss://t"}, {"WSDEEP_CLIENT_ID", "c"}, {"WSDEEP_CA_FILE", "/in/ca-file"}}));
}

TEST(CarriedCommandTest, RefusesWhatNoOtherMachineCanKnow) {
  const auto refusal = [](const CarriedWords& words, const CarriedVariables& variables = {}) {
    try {
      carried(words, variables);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string("none");
  };
  const std::string environment = "workers elsewhere have no settings to look an environment up in";
  EXPECT_EQ(refusal({"loadtest", "chat", "-e", "dev", "--tokens", "t"}), environment);
  EXPECT_EQ(refusal({"loadtest", "chat", "-edev", "--tokens", "t"}), environment);
  EXPECT_EQ(refusal({"loadtest", "chat", "--environment=dev", "--tokens", "t"}), environment);
  EXPECT_EQ(refusal({"loadtest", "chat", "--tokens", "t"}, {{"WSDEEP_ENVIRONMENT", "dev"}}), environment);
  EXPECT_EQ(refusal({"loadtest", "llm"}), "workers elsewhere do not reach the local system");
  EXPECT_EQ(refusal({"loadtest", "chat", "--url", "wss://t"}), "workers elsewhere have no sign-in of yours");
  EXPECT_EQ(refusal({"loadtest", "llm", "--url", "h:1"}), "none");
  EXPECT_EQ(refusal({"loadtest", "llm"}, {{"WSDEEP_LLM_URL", "h:1"}}), "none");
}

}  // namespace
}  // namespace wsdeep::load
