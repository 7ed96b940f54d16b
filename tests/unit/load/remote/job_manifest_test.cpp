#include "load/remote/job_manifest.h"

#include <gtest/gtest.h>

#include "load/remote/job_plan.h"
#include "support/memory_files.h"
#include "wire/json_fields.h"

namespace wsdeep::load {
namespace {

using wire::Json;

JobSpec job_of_three() {
  JobSpec spec;
  spec.run = "5f0c3a9b12d47e60";
  spec.workers = 3;
  spec.pod.image = "registry/wsdeep:1";
  spec.arguments = {"loadtest", "llm", "--slo", "ttft_p99<$(HOME)$"};
  spec.environment = {{"COST", "$5"}, {"WORKER", "$(JOB_COMPLETION_INDEX)/3"}};
  return spec;
}

Json container_in(const std::string& manifest) {
  return Json::parse(manifest)["spec"]["template"]["spec"]["containers"][0];
}

TEST(JobManifestTest, IsAnIndexedJobWithAPodForEachWorker) {
  const Json spec = Json::parse(job_manifest(job_of_three()))["spec"];
  EXPECT_EQ(spec["completionMode"], "Indexed");
  EXPECT_EQ(spec["completions"], 3);
  EXPECT_EQ(spec["parallelism"], 3);
  EXPECT_EQ(spec["backoffLimit"], 0);
  EXPECT_EQ(spec["template"]["spec"]["restartPolicy"], "Never");
}

TEST(JobManifestTest, LeavesDollarsOfWordsAndVariablesAsTheyAre) {
  const Json container = container_in(job_manifest(job_of_three()));
  EXPECT_EQ(container["args"].back(), "ttft_p99<$$(HOME)$$");
  EXPECT_EQ(container["env"][1]["value"], "$$5");
  EXPECT_EQ(container["env"][2]["value"], "$(JOB_COMPLETION_INDEX)/3");
}

TEST(JobManifestTest, DefinesTheIndexBeforeWhatHasItInside) {
  const Json first = container_in(job_manifest(job_of_three()))["env"][0];
  EXPECT_EQ(first["name"], "JOB_COMPLETION_INDEX");
  EXPECT_EQ(first["valueFrom"]["fieldRef"]["fieldPath"],
            "metadata.annotations['batch.kubernetes.io/job-completion-index']");
}

TEST(JobManifestTest, ReservesAllThatAPodMayUse) {
  const Json resources = container_in(job_manifest(job_of_three()))["resources"];
  EXPECT_EQ(resources["requests"], resources["limits"]);
}

TEST(JobManifestTest, MountsFilesOnlyWhereThereAreSome) {
  JobSpec spec = job_of_three();
  EXPECT_EQ(container_in(job_manifest(spec))["volumeMounts"].size(), 1u);
  spec.mounts_inputs = true;
  EXPECT_EQ(container_in(job_manifest(spec))["volumeMounts"][1]["mountPath"], kInputsFolder);
}

TEST(JobManifestTest, KeepsFilesOfAnyBytes) {
  EXPECT_EQ(Json::parse(secret_manifest("r", {{"tokens", std::string("\0\xff", 2)}}))["data"]["tokens"], "AP8=");
  EXPECT_EQ(Json::parse(config_map_manifest("r", {{"trace", "a"}}))["binaryData"]["trace"], "YQ==");
}

TEST(JobManifestTest, IsYamlForPeople) {
  EXPECT_EQ(yaml_of(R"({"a":1,"b":{"c":"x: \"y\"\n","d":[]},"e":[{"f":1,"g":[1,"z"]},{},[true]],"h":{}})"),
            "a: 1\n"
            "b:\n"
            "  c: \"x: \\\"y\\\"\\n\"\n"
            "  d: []\n"
            "e:\n"
            "  - f: 1\n"
            "    g:\n"
            "      - 1\n"
            "      - \"z\"\n"
            "  - {}\n"
            "  -\n"
            "    - true\n"
            "h: {}\n");
}

class JobPlanTest : public ::testing::Test {
 protected:
  JobPlan plan(const std::vector<std::string>& words, const PlanOptions& options = {}) {
    WorkersRun run{3, "5f0c3a9b12d47e60", from_epoch_ms(1'780'000'000'000), options};
    return plan_job(JobSpec{}, run, words, "s3://b/r/worker-$(JOB_COMPLETION_INDEX).shard",
                    Env(std::map<std::string, std::string, std::less<>>{}), files_);
  }
  testing::MemoryFiles files_;
};

TEST_F(JobPlanTest, PartsSecretsFromOtherFiles) {
  files_.contents["t.jsonl"] = "token";
  files_.contents["p.jsonl"] = "prompt";
  PlanOptions options;
  options.prompts = "p.jsonl";
  const JobPlan got =
      plan({"loadtest", "chat", "--url", "wss://t", "--tokens", "t.jsonl", "--prompts", "p.jsonl"}, options);
  EXPECT_EQ(got.secret, (std::map<std::string, std::string>{{"tokens", "token"}}));
  EXPECT_EQ(got.config_map, (std::map<std::string, std::string>{{"prompts", "prompt"}}));
  EXPECT_TRUE(got.spec.mounts_inputs);
  EXPECT_TRUE(got.by_bucket.empty());
  EXPECT_EQ(got.spec.environment.at("WSDEEP_LOADTEST_WORKER"), "$(JOB_COMPLETION_INDEX)/3");
  EXPECT_EQ(got.spec.environment.at("WSDEEP_LOADTEST_SHARD"), "s3://b/r/worker-$(JOB_COMPLETION_INDEX).shard");
  EXPECT_NE(got.spec.environment.at("WSDEEP_LOADTEST_PLAN").find("/wsdeep/inputs/prompts"), std::string::npos);
  EXPECT_EQ(job_manifest(got.spec).find("token\""), std::string::npos);
}

TEST_F(JobPlanTest, SendsFilesByTheBucketThatNoSecretCanHold) {
  files_.contents["t.jsonl"] = std::string(kMaxManifestData, 'x');
  const JobPlan got = plan({"loadtest", "chat", "--url", "wss://t", "--tokens", "t.jsonl"});
  EXPECT_TRUE(got.secret.empty());
  EXPECT_FALSE(got.spec.mounts_inputs);
  EXPECT_EQ(got.by_bucket, (std::vector<CarriedFile>{{"t.jsonl", "tokens", true}}));
  EXPECT_EQ(got.spec.arguments.back(), "/tmp/wsdeep-5f0c3a9b12d47e60/tokens");
}

TEST_F(JobPlanTest, NamesTheFlagOfAFileThatIsNotThere) {
  try {
    plan({"loadtest", "llm", "--url", "h:1", "--trace", "gone.csv"});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "--trace gone.csv: no such file");
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  }
}

}  // namespace
}  // namespace wsdeep::load
