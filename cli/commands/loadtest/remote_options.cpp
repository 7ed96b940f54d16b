#include "commands/loadtest/remote_options.h"

#include <fmt/format.h>

#include <functional>

#include "base/error.h"
#include "commands/not_empty.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

void add_k8s_options(const Command& command, RemoteOptions& options, const Option& on) {
  const std::string group = "On Kubernetes";
  command.add_option("--image", options.pod.image, "container image of this program, as cli/Containerfile makes it")
      .group(group)
      .needs(on);
  command.add_option("--namespace", options.name_space, "where the Job goes; without it the kubeconfig's").group(group);
  command.add_option("--kube-context", options.kube_context, "of the kubeconfig; without it the current one")
      .group(group);
  command
      .add_option("--service-account", options.pod.service_account,
                  "of the pods, whose role may write to --results; without it the namespace's default")
      .group(group);
  command.add_option("--worker-cpu", options.pod.cpu, "cores that a pod has for itself").shows_default().group(group);
  command.add_option("--worker-memory", options.pod.memory, "memory that it has for itself")
      .shows_default()
      .group(group);
  command
      .add_flag("--print-manifests", options.print_manifests,
                "print what would be created, as YAML, and do nothing; files without what is in them")
      .group(group)
      .needs(on);
}

void add_ecs_options(const Command& command, RemoteOptions& options, const Option& on) {
  const std::string group = "On ECS";
  command.add_option("--cluster", options.cluster, "where the tasks run").shows_default().group(group);
  command
      .add_option("--task-definition", options.task_definition,
                  "of this program's image, FAMILY or FAMILY:REVISION; its task role may write to --results")
      .group(group)
      .needs(on);
  command.add_option("--container", options.container, "the container in it that is a worker")
      .shows_default()
      .group(group);
  command.add_option("--launch-type", options.launch_type, "FARGATE, EC2 or EXTERNAL; without it as the cluster has it")
      .one_of({"FARGATE", "EC2", "EXTERNAL"})
      .group(group);
  command.add_option("--subnet", options.subnets, "where tasks of the network mode awsvpc run; may be repeated")
      .repeats()
      .check(not_empty)
      .group(group);
  command.add_option("--security-group", options.security_groups, "of such tasks; may be repeated")
      .repeats()
      .check(not_empty)
      .group(group);
  command.add_flag("--public-ip", options.public_ip, "give such tasks public addresses").group(group);
}

void require_flag(const std::string& value, const char* on, const char* flag, const char* what) {
  if (value.empty())
    throw Error(ErrorKind::kUsage, fmt::format("--on {} needs {}", on, flag), fmt::format("{} {}", flag, what));
}

std::function<void(const Error&)> telling(const Context& context) {
  return [&console = context.console](const Error& fault) {
    say(console, fmt::format("{} on the workers' machines something is left behind: {}",
                             console.style_err("33", "warning:"), fault.what()));
  };
}

}  // namespace

void add_remote_options(const Command& command, RemoteOptions& options, const Option& on) {
  command
      .add_option("--results", options.results,
                  "s3://BUCKET/PREFIX, to which workers on other machines bring what they measured")
      .group("Many workers")
      .needs(on);
  add_k8s_options(command, options, on);
  add_ecs_options(command, options, on);
}

load::K8sOptions k8s_options(const RemoteOptions& options, std::chrono::seconds longest, std::chrono::seconds drain,
                             const Context& context) {
  require_flag(options.pod.image, "k8s", "--image", "names the image of this program, such as registry/wsdeep:0.1.0");
  require_flag(options.results, "k8s", "--results", "s3://BUCKET/PREFIX says where workers bring what they measured");
  load::K8sOptions k8s;
  k8s.pod = options.pod;
  k8s.context = options.kube_context;
  k8s.name_space = options.name_space;
  k8s.results = options.results;
  k8s.longest = longest;
  k8s.drain = drain;
  k8s.on_fault = telling(context);
  return k8s;
}

load::EcsOptions ecs_options(const RemoteOptions& options, const Context& context) {
  require_flag(options.task_definition, "ecs", "--task-definition",
               "names the task definition of this program's image");
  require_flag(options.results, "ecs", "--results", "s3://BUCKET/PREFIX says where workers bring what they measured");
  load::EcsOptions ecs;
  ecs.cluster = options.cluster;
  ecs.task_definition = options.task_definition;
  ecs.container = options.container;
  ecs.launch_type = options.launch_type;
  ecs.subnets = options.subnets;
  ecs.security_groups = options.security_groups;
  ecs.public_ip = options.public_ip;
  ecs.results = options.results;
  ecs.on_fault = telling(context);
  return ecs;
}

}  // namespace wsdeep::commands
