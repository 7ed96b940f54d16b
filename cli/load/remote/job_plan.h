#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/files.h"
#include "load/remote/carried_command.h"
#include "load/remote/job_manifest.h"
#include "load/shard/worker_role.h"

namespace wsdeep::load {

/// A run as an Indexed Job: the Job, and where its files go.
struct JobPlan {
  JobSpec spec{};
  std::map<std::string, std::string> secret{};      ///< name → content, of tokens and keys
  std::map<std::string, std::string> config_map{};  ///< of all others
  std::vector<CarriedFile> by_bucket{};             ///< all of them instead, where one of the two would be too large
};

/// `spec` has all but what follows from the run: number, name, arguments, environment. Files are read. Throws as
/// carry_command and read_input do.
JobPlan plan_job(JobSpec spec, const WorkersRun& run, const std::vector<std::string>& arguments,
                 const std::string& shard_uri, const Env& env, const Files& files);

}  // namespace wsdeep::load
