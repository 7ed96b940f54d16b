#include "stack/settings/lab_section.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kWithoutLab = R"(project: chat
environments:
  dev:
    region: us-east-1
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)";

ParsedSettings with_lab(std::string_view more) {
  return parse_settings(std::string(kWithoutLab) + std::string(more));
}

std::string told_of_lab(std::string_view more) {
  return render(with_lab(more).diagnostics);
}

TEST(LabSection, IsOffUnlessItIsThere) {
  const ParsedSettings parsed = with_lab("");
  EXPECT_FALSE(parsed.settings.environments.at(0).lab);
  EXPECT_FALSE(parsed.settings.environments.at(0).backend);
  EXPECT_FALSE(with_lab("lab: false\n").settings.environments.at(0).lab);
}

TEST(LabSection, IsABackendInTheVpc) {
  const ParsedSettings parsed = with_lab("lab: true\n");
  EXPECT_EQ(render(parsed.diagnostics), "");
  const EnvironmentSettings& dev = parsed.settings.environments.at(0);
  ASSERT_TRUE(dev.lab && dev.backend);
  EXPECT_EQ(dev.backend->url, "http://lab.chat-dev.internal:8080");
  EXPECT_EQ(dev.backend->network, BackendNetwork::kVpc);
}

TEST(LabSection, ReadsItsKeys) {
  const ParsedSettings parsed = with_lab(
      "lab: {instance_type: m7i.large, ami: ami-0123456789abcdef0, cache_type: cache.m7g.large, volume_gb: 30, "
      "idle_minutes: 5, memory_mb: 128, processes: 64, cpus: 0.5, sessions: 40, sessions_per_user: 2}\n");
  EXPECT_EQ(render(parsed.diagnostics), "");
  const LabSettings& lab = *parsed.settings.environments.at(0).lab;
  EXPECT_EQ(lab.instance_type, "m7i.large");
  EXPECT_EQ(lab.cache_type, "cache.m7g.large");
  EXPECT_EQ(lab.volume_gb, 30);
  EXPECT_EQ(lab_arguments(lab),
            "--idle 5m --memory-mb 128 --processes 64 --cpus 0.5 --sessions 40 --sessions-per-user 2");
}

TEST(LabSection, SaysWhatIsWrong) {
  EXPECT_THAT(told_of_lab("lab: yes please\n"), HasSubstr("expected true, or a map such as {instance_type: t3.small}"));
  EXPECT_THAT(told_of_lab("lab: {idle: 5}\n"), HasSubstr("unknown key 'idle' in 'lab'"));
  EXPECT_THAT(told_of_lab("lab: {cache_type: t4g.micro}\n"), HasSubstr("expected a node type of ElastiCache"));
  EXPECT_THAT(told_of_lab("lab: {memory_mb: 1}\n"), HasSubstr("expected a whole number from 32 to 65536, got '1'"));
}

TEST(LabSection, SaysWhatDoesNotGoTogether) {
  EXPECT_THAT(told_of_lab("lab: true\nbackend: {url: https://api.example.com}\n"),
              HasSubstr("the lab is the backend, and a service has one"));
  EXPECT_THAT(told_of_lab("lab: {instance_type: t4g.small}\n"),
              HasSubstr("t4g.small is an arm64 instance, and the lab's package is x86_64"));
  EXPECT_THAT(told_of_lab("lab: {instance_type: a1.large}\n"), HasSubstr("a1.large is an arm64 instance"));
  for (const char* type : {"g5g.xlarge", "is4gen.large", "x2gd.medium"})
    EXPECT_THAT(told_of_lab(fmt::format("lab: {{instance_type: {}}}\n", type)), HasSubstr("arm64")) << type;
  for (const char* type : {"g4dn.xlarge", "g6.xlarge", "gr6.4xlarge", "t3a.large"})
    EXPECT_EQ(told_of_lab(fmt::format("lab: {{instance_type: {}}}\n", type)), "") << type;
  EXPECT_THAT(told_of_lab("lab: {sessions: 2, sessions_per_user: 3}\n"),
              HasSubstr("sessions_per_user 3 is more than sessions 2"));
  EXPECT_THAT(told_of_lab("lab: true\nnetwork: {egress: endpoints}\n"),
              HasSubstr("with egress: endpoints the lab's server has no way to the API"));
}

TEST(LabSection, WarnsOfMoreMemoryThanTheInstanceHas) {
  EXPECT_EQ(told_of_lab("lab: {instance_type: m7i.2xlarge, sessions: 51, memory_mb: 512}\n"), "");
  EXPECT_EQ(told_of_lab("lab: {instance_type: x2idn.16xlarge, sessions: 1000, memory_mb: 65536}\n"), "") << "not known";
  const std::string told = told_of_lab("lab: {instance_type: m7i.2xlarge, memory_mb: 512, sessions: 52}\n");
  EXPECT_THAT(told,
              HasSubstr("wsdeep.yaml:11:61: warning: 52 sessions of 512 MB are 26624 MB, and a lab on m7i.2xlarge "
                        "has 26214 MB"));
  EXPECT_THAT(told, HasSubstr("use sessions: 51, or an instance with more memory"));
  EXPECT_THAT(told_of_lab("lab: {memory_mb: 2048}\n"), HasSubstr("use a smaller memory_mb"));
}

TEST(LabSection, IsSwitchedOffForOneEnvironment) {
  std::string text(kWithoutLab);
  text.replace(text.find("us-east-1\n"), 10, "us-east-1\n    lab: false\n");
  const ParsedSettings parsed = parse_settings(text + "lab: true\n");
  EXPECT_EQ(render(parsed.diagnostics), "");
  EXPECT_FALSE(parsed.settings.environments.at(0).lab);
}

}  // namespace
}  // namespace wsdeep::stack
