#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "commands/command.h"
#include "load/remote/ecs_place.h"
#include "load/remote/k8s_place.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// What has to be said of workers on other machines.
struct RemoteOptions {
  std::string results;  ///< `s3://BUCKET/PREFIX`
  // Kubernetes
  load::PodOptions pod;
  std::string name_space;
  std::string kube_context;
  bool print_manifests = false;
  // ECS
  std::string cluster = "default";
  std::string task_definition;
  std::string container = "wsdeep";
  std::string launch_type;
  std::vector<std::string> subnets;
  std::vector<std::string> security_groups;
  bool public_ip = false;
};

/// `--results`, and what only one of the two places needs, each in a group of its own. `on`: the option that names one.
void add_remote_options(const Command& command, RemoteOptions& options, const Option& on);

/// Throws Error{kUsage} that names the flag which is missing. `longest`: the schedule, its hold and its drain.
load::K8sOptions k8s_options(const RemoteOptions& options, std::chrono::seconds longest, std::chrono::seconds drain,
                             const Context& context);
load::EcsOptions ecs_options(const RemoteOptions& options, const Context& context);

}  // namespace wsdeep::commands
