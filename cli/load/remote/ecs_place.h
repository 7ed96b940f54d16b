#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/credential_chain.h"
#include "aws/ecs.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "load/remote/fetched_shards.h"
#include "load/remote/run_bucket.h"
#include "load/remote/standings_watch.h"
#include "load/shard/place.h"
#include "net/http_client.h"

namespace wsdeep::load {

struct EcsOptions {
  std::string cluster = "default";
  std::string task_definition{};
  std::string container = "wsdeep";
  std::string launch_type{};
  std::vector<std::string> subnets{};
  std::vector<std::string> security_groups{};
  bool public_ip = false;
  std::string results{};  ///< `s3://BUCKET/PREFIX`
  std::chrono::seconds start_up{120};
  std::chrono::milliseconds look_every{3000};
  std::function<void(const Error&)> on_fault{};  ///< told of what could not be stopped, or is left behind
};

/// A task for each worker, of a task definition that is there; results and inputs go by way of S3.
class EcsPlace final : public Place {
 public:
  /// Throws where nothing says how AWS is reached.
  EcsPlace(EcsOptions options, const Env& env, Files& files, const Clock& clock);
  ~EcsPlace() override;
  EcsPlace(const EcsPlace&) = delete;
  EcsPlace& operator=(const EcsPlace&) = delete;

  std::chrono::seconds start_up() const override { return options_.start_up; }
  std::chrono::seconds shard_time() const override { return kShardTime; }
  void start(const WorkersRun& run, const std::vector<std::string>& arguments) override;
  std::vector<WorkerStanding> standings() override;
  void stop(WorkersStop how) override;
  std::optional<std::filesystem::path> fetch(int worker) override;

 private:
  aws::RunTaskRequest task_of(const WorkersRun& run) const;
  void run_worker(aws::RunTaskRequest request, const WorkersRun& run, int worker);
  std::vector<WorkerStanding> look();
  void attempt(const std::function<void()>& work) const;
  void clean_up();

  EcsOptions options_;
  Env env_;
  Files& files_;
  const Clock& clock_;
  BucketAccess access_;
  net::HttpClient http_;
  net::HttpClient watching_;  ///< of the watch's thread
  aws::CredentialChain credentials_;
  aws::Ecs ecs_;
  aws::Ecs watched_;
  std::optional<RunBucket> bucket_;
  FetchedShards shards_;
  bool sent_inputs_ = false;
  std::vector<std::string> tasks_;  ///< ARNs by worker; not changed while the watch looks
  std::optional<StandingsWatch> watch_;
};

/// What is known of a worker by its task.
WorkerStanding task_standing(const aws::EcsTask& task);

}  // namespace wsdeep::load
