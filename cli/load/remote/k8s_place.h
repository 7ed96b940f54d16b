#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "load/remote/fetched_shards.h"
#include "load/remote/job_manifest.h"
#include "load/remote/kubectl.h"
#include "load/remote/run_bucket.h"
#include "load/remote/standings_watch.h"
#include "load/shard/place.h"

namespace wsdeep::load {

struct K8sOptions {
  PodOptions pod{};
  std::string context{};
  std::string name_space{};
  std::string results{};               ///< `s3://BUCKET/PREFIX`: shards go there, and inputs that no Secret can hold
  std::chrono::seconds start_up{90};   ///< until all pods run
  std::chrono::seconds longest{3600};  ///< of a run, from its start to its last shard
  std::chrono::seconds drain{30};      ///< from SIGTERM until a worker has ended
  std::chrono::milliseconds look_every{2000};
  std::function<void(const Error&)> on_fault{};  ///< told of what could not be stopped, or is left behind
};

/// The pods of an Indexed Job. Shards come by way of S3: out of a pod that has ended nothing can be copied, and of what
/// it logged the node keeps as much as it likes.
class K8sPlace final : public Place {
 public:
  /// Throws where kubectl is missing, or nothing says how the bucket is reached.
  K8sPlace(K8sOptions options, const Env& env, Files& files, const Clock& clock);
  ~K8sPlace() override;
  K8sPlace(const K8sPlace&) = delete;
  K8sPlace& operator=(const K8sPlace&) = delete;

  std::chrono::seconds start_up() const override { return options_.start_up; }
  std::chrono::seconds shard_time() const override { return kShardTime; }
  void start(const WorkersRun& run, const std::vector<std::string>& arguments) override;
  std::vector<WorkerStanding> standings() override;
  void stop(WorkersStop how) override;
  std::optional<std::filesystem::path> fetch(int worker) override;

 private:
  void create(const WorkersRun& run, const std::vector<std::string>& arguments);
  std::vector<WorkerStanding> look(const std::stop_token& stop);
  WorkerStanding without_pod(bool was_there, const std::stop_token& stop) const;
  std::string events_of_job(const std::stop_token& stop) const;
  void attempt(const std::vector<std::string>& arguments) const;
  void clean_up();

  K8sOptions options_;
  Env env_;
  Files& files_;
  const Clock& clock_;
  Kubectl kubectl_;
  BucketAccess access_;
  std::string run_;  ///< empty: nothing was begun
  std::optional<RunBucket> bucket_;
  FetchedShards shards_;
  bool sent_inputs_ = false;
  std::atomic<bool> stopping_ = false;
  std::vector<bool> seen_;  ///< the watch's: whose pod was there once
  std::optional<StandingsWatch> watch_;
};

/// What such a place would create, as YAML, for who looks it over or keeps it; files without what is in them. Throws as
/// `start` would.
std::string k8s_manifests(const K8sOptions& options, const Env& env, Files& files, const Clock& clock,
                          const WorkersRun& run, const std::vector<std::string>& arguments);

}  // namespace wsdeep::load
