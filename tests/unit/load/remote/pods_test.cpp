#include "load/remote/pods.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::load {
namespace {

std::string pod_list(const std::string& status, const std::string& metadata = "") {
  return fmt::format(R"({{"apiVersion":"v1","kind":"List","items":[{{"metadata":{{"name":"p","annotations":)"
                     R"({{"batch.kubernetes.io/job-completion-index":"0"}}{}}},"status":{}}}]}})",
                     metadata, status);
}

std::string terminated(const std::string& state) {
  return fmt::format(R"({{"phase":"Failed","containerStatuses":[{{"name":"wsdeep","state":{{"terminated":{}}}}}]}})",
                     state);
}

std::string waiting(const std::string& state) {
  return fmt::format(R"({{"phase":"Pending","containerStatuses":[{{"name":"wsdeep","state":{{"waiting":{}}}}}]}})",
                     state);
}

/// What Kubernetes says of a pod, and what that means for its worker.
struct PodCase {
  std::string status;
  WorkerState state;
  std::string why{};
};

TEST(PodsTest, SayHowTheWorkersAre) {
  const std::vector<PodCase> cases = {
      {R"({"phase":"Pending"})", WorkerState::kStarting},
      {"{}", WorkerState::kStarting},
      {R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",)"
       R"("message":"0/3 nodes are available: 3 Insufficient cpu."}]})",
       WorkerState::kStarting, "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu."},
      {R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"}]})", WorkerState::kStarting},
      {waiting(R"({"reason":"ContainerCreating"})"), WorkerState::kStarting},
      {waiting(R"({"reason":"ImagePullBackOff","message":"Back-off pulling image \"x\""})"), WorkerState::kStarting,
       "ImagePullBackOff: Back-off pulling image \"x\""},
      {waiting(R"({"reason":"CreateContainerConfigError","message":"container has runAsNonRoot and image will run as )"
               R"(root"})"),
       WorkerState::kStarting, "CreateContainerConfigError: container has runAsNonRoot and image will run as root"},
      {R"({"phase":"Running"})", WorkerState::kWaiting},
      {R"({"phase":"Succeeded"})", WorkerState::kOver},
      {terminated(R"({"exitCode":7,"reason":"Error","message":"wsdeep: the start had passed\n"})"), WorkerState::kOver,
       "exit code 7, Error: wsdeep: the start had passed"},
      {terminated(R"({"exitCode":137,"reason":"OOMKilled"})"), WorkerState::kGone, "exit code 137, OOMKilled"},
      {terminated(R"({"exitCode":1,"reason":"OOMKilled"})"), WorkerState::kGone, "exit code 1, OOMKilled"},
      {terminated("{}"), WorkerState::kGone, "exit code -1"},
      {R"({"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."})", WorkerState::kGone,
       "Evicted: The node was low on resource: memory."},
      {R"({"phase":"Failed"})", WorkerState::kGone, "its pod has failed"},
      {R"({"phase":"Unknown"})", WorkerState::kStarting},
  };
  for (const PodCase& one : cases) {
    const auto standings = pod_standings(pod_list(one.status), 1);
    ASSERT_TRUE(standings.front()) << one.status;
    EXPECT_EQ(standings.front()->state, one.state) << one.status;
    // A line break of somebody else's words does not break our lines.
    EXPECT_EQ(standings.front()->why.substr(0, one.why.size()), one.why) << one.status;
    EXPECT_EQ(standings.front()->why.find('\n'), std::string::npos) << one.status;
  }
}

TEST(PodsTest, OneThatIsBeingDeletedDrains) {
  const auto standings =
      pod_standings(pod_list(R"({"phase":"Running"})", R"(,"deletionTimestamp":"2026-11-29T22:00:00Z")"), 1);
  EXPECT_EQ(standings.front()->state, WorkerState::kDraining);
}

TEST(PodsTest, KnowWorkersByTheirNumberAlone) {
  const std::string none = R"({"items":[]})";
  for (const auto& standing : pod_standings(none, 2)) EXPECT_FALSE(standing);
  EXPECT_FALSE(pod_standings(R"({"items":[{"metadata":{"name":"p"},"status":{"phase":"Running"}}]})", 1).front());
  for (const char* index : {"1", "-1", "x", ""})
    EXPECT_FALSE(pod_standings(fmt::format(R"({{"items":[{{"metadata":{{"annotations":)"
                                           R"({{"batch.kubernetes.io/job-completion-index":"{}"}}}},)"
                                           R"("status":{{"phase":"Running"}}}}]}})",
                                           index),
                               1)
                     .front())
        << index;
}

TEST(PodsTest, RefuseWhatIsNoListOfPods) {
  for (const char* text :
       {"", "{", R"({"items":{}})", R"({"items":[1]})", R"({"items":[{"metadata":{"annotations":[]},"status":{}}]})",
        "E1129 memcache.go:265] couldn't get current server API group list"})
    EXPECT_THROW(pod_standings(text, 1), Error) << text;
}

TEST(PodsTest, SayWhyAJobHasFailed) {
  const auto failed = [](const std::string& conditions) {
    return job_failure(R"({"status":{"conditions":[)" + conditions + "]}}");
  };
  EXPECT_EQ(failed(R"({"type":"Failed","status":"True","reason":"DeadlineExceeded","message":"too long"})"),
            "DeadlineExceeded: too long");
  EXPECT_EQ(failed(R"({"type":"FailureTarget","status":"True","reason":"BackoffLimitExceeded"})"),
            "BackoffLimitExceeded");
  EXPECT_EQ(failed(R"({"type":"Failed","status":"True"})"), "the job has failed");
  EXPECT_EQ(failed(R"({"type":"Failed","status":"False","reason":"x"})"), "");
  EXPECT_EQ(failed(R"({"type":"Complete","status":"True"})"), "");
  EXPECT_EQ(job_failure(R"({"status":{}})"), "");
  EXPECT_EQ(job_failure("{}"), "");
}

}  // namespace
}  // namespace wsdeep::load
