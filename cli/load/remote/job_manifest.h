#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a run's workers are to Kubernetes: an Indexed Job, and a Secret and a ConfigMap with the files that they read.
/// All are JSON, which `kubectl create` takes as it takes YAML. https://kubernetes.io/docs/reference/kubernetes-api/
namespace wsdeep::load {

/// What the user says of the pods.
struct PodOptions {
  std::string image{};
  std::string service_account{};  ///< that may write to the bucket; empty: the namespace's default
  std::string cpu = "2";          ///< requests and limits alike, so that a pod is not throttled unless it uses all
  std::string memory = "2Gi";
};

struct JobSpec {
  std::string run;  ///< 16 hexadecimal digits
  int workers = 1;
  PodOptions pod{};
  std::vector<std::string> arguments{};
  std::map<std::string, std::string, std::less<>> environment{};  ///< kWorkerIndex stands for the worker's number
  bool mounts_inputs = false;                                     ///< Secret and ConfigMap of this run
  std::chrono::seconds deadline{3600};                            ///< after which Kubernetes ends it, whoever has gone
  std::chrono::seconds grace{60};                                 ///< from SIGTERM to SIGKILL
};

/// Kubernetes puts the worker's number, from 0, for these words in a variable's value.
inline constexpr const char* kWorkerIndex = "$(JOB_COMPLETION_INDEX)";
/// Where the files of Secret and ConfigMap are.
inline constexpr const char* kInputsFolder = "/wsdeep/inputs";
/// Carried by all that a run makes, with the run as its value.
inline constexpr const char* kRunLabel = "wsdeep.dev/run";
/// What the Secret may hold, and the ConfigMap.
inline constexpr std::size_t kMaxManifestData = 1 << 20;

/// `wsdeep-loadtest-5f0c3a9b12d47e60`: of the Job, the Secret and the ConfigMap.
std::string job_name(const std::string& run);

std::string job_manifest(const JobSpec& spec);
/// Names → contents, of any bytes.
std::string secret_manifest(const std::string& run, const std::map<std::string, std::string>& contents);
std::string config_map_manifest(const std::string& run, const std::map<std::string, std::string>& contents);
/// Makes what it is merged into a part of the Job, gone with it whatever becomes of us.
std::string owned_by_job(const std::string& run, const std::string& uid);

/// The same document for people: YAML in blocks, with every text in double quotes.
std::string yaml_of(const std::string& manifest);

}  // namespace wsdeep::load
