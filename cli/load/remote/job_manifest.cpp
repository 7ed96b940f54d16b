#include "load/remote/job_manifest.h"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.h"
#include "wire/json_fields.h"

namespace wsdeep::load {
namespace {

using wire::Json;

constexpr const char* kContainer = "wsdeep";
constexpr std::int64_t kUser = 1000;         ///< of the image
constexpr std::int64_t kKeptSeconds = 3600;  ///< of a Job that is over, and that nobody has deleted
constexpr std::int64_t kReadableByGroup = 0440;

Json metadata(const std::string& run) {
  return {{"name", job_name(run)},
          {"labels",
           {{"app.kubernetes.io/name", "wsdeep"},
            {"app.kubernetes.io/component", "loadtest"},
            {"app.kubernetes.io/managed-by", "wsdeep"},
            {kRunLabel, run}}}};
}

/// Kubernetes puts values for `$(NAME)` in arguments and variables, and `$` for `$$`.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '$' ? "$$" : std::string(1, c);
  return out;
}

/// All but kWorkerIndex as it is.
std::string with_index(const std::string& value) {
  const std::string index = kWorkerIndex;
  const std::size_t at = value.find(index);
  if (at == std::string::npos) return literal(value);
  return literal(value.substr(0, at)) + index + with_index(value.substr(at + index.size()));
}

/// The index first: only variables that stand before one can stand in it.
Json environment_of(const JobSpec& spec) {
  Json list = Json::array();
  list.push_back(
      {{"name", "JOB_COMPLETION_INDEX"},
       {"valueFrom",
        {{"fieldRef", {{"fieldPath", "metadata.annotations['batch.kubernetes.io/job-completion-index']"}}}}}});
  for (const auto& [name, value] : spec.environment) list.push_back({{"name", name}, {"value", with_index(value)}});
  list.push_back({{"name", "HOME"}, {"value", "/tmp"}});
  return list;
}

Json resources_of(const PodOptions& pod) {
  const Json both = {{"cpu", pod.cpu}, {"memory", pod.memory}};
  return {{"requests", both}, {"limits", both}};
}

Json mounts_of(const JobSpec& spec) {
  Json mounts = Json::array({{{"name", "tmp"}, {"mountPath", "/tmp"}}});
  if (spec.mounts_inputs) mounts.push_back({{"name", "inputs"}, {"mountPath", kInputsFolder}, {"readOnly", true}});
  return mounts;
}

/// Either of the two may be missing: not every run has files of both kinds.
Json volumes_of(const JobSpec& spec) {
  Json volumes = Json::array({{{"name", "tmp"}, {"emptyDir", Json::object()}}});
  if (!spec.mounts_inputs) return volumes;
  const Json part = {{"name", job_name(spec.run)}, {"optional", true}};
  const Json sources = Json::array({{{"secret", part}}, {{"configMap", part}}});
  volumes.push_back({{"name", "inputs"}, {"projected", {{"defaultMode", kReadableByGroup}, {"sources", sources}}}});
  return volumes;
}

Json container_of(const JobSpec& spec) {
  Json arguments = Json::array();
  for (const std::string& word : spec.arguments) arguments.push_back(literal(word));
  return {{"name", kContainer},
          {"image", spec.pod.image},
          {"args", std::move(arguments)},
          {"env", environment_of(spec)},
          {"resources", resources_of(spec.pod)},
          {"volumeMounts", mounts_of(spec)},
          {"terminationMessagePolicy", "FallbackToLogsOnError"},
          {"securityContext",
           {{"allowPrivilegeEscalation", false},
            {"readOnlyRootFilesystem", true},
            {"capabilities", {{"drop", Json::array({"ALL"})}}}}}};
}

/// Workers on one node share its network card and its cores: each is put where fewest are. Where there are fewer nodes
/// than workers the run goes on, and its report has what each worker noticed of itself.
Json spread_of(const JobSpec& spec) {
  return Json::array({{{"maxSkew", 1},
                       {"topologyKey", "kubernetes.io/hostname"},
                       {"whenUnsatisfiable", "ScheduleAnyway"},
                       {"labelSelector", {{"matchLabels", {{kRunLabel, spec.run}}}}}}});
}

Json pod_of(const JobSpec& spec) {
  Json pod = {{"restartPolicy", "Never"},
              {"automountServiceAccountToken", false},
              {"enableServiceLinks", false},
              {"terminationGracePeriodSeconds", spec.grace.count()},
              {"topologySpreadConstraints", spread_of(spec)},
              {"securityContext",
               {{"runAsNonRoot", true},
                {"runAsUser", kUser},
                {"runAsGroup", kUser},
                {"fsGroup", kUser},
                {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
              {"containers", Json::array({container_of(spec)})},
              {"volumes", volumes_of(spec)}};
  if (!spec.pod.service_account.empty()) pod["serviceAccountName"] = spec.pod.service_account;
  return pod;
}

/// A pod that was moved would begin its share anew, in the middle of the run.
Json template_metadata(const std::string& run) {
  Json data = metadata(run);
  data.erase("name");
  data["annotations"] = {{"cluster-autoscaler.kubernetes.io/safe-to-evict", "false"},
                         {"karpenter.sh/do-not-disrupt", "true"}};
  return data;
}

void write_yaml(std::string& out, const Json& value, std::size_t indent, bool in_list);

void write_yaml_value(std::string& out, const Json& value, std::size_t indent) {
  if (value.is_structured() && !value.empty()) {
    out += '\n';
    write_yaml(out, value, indent, false);
  } else {
    out += " " + wire::dump_json(value) + "\n";
  }
}

/// `in_list`: the first line continues one that begins with `- `.
void write_yaml(std::string& out, const Json& value, std::size_t indent, bool in_list) {
  const std::string margin(indent, ' ');
  bool first = in_list;
  for (const auto& [name, item] : value.items()) {
    if (!std::exchange(first, false)) out += margin;
    if (value.is_object()) {
      out += name + ":";
      write_yaml_value(out, item, indent + 2);
    } else if (item.is_object() && !item.empty()) {
      out += "- ";
      write_yaml(out, item, indent + 2, true);
    } else {
      out += "-";
      write_yaml_value(out, item, indent + 2);
    }
  }
}

}  // namespace

std::string job_name(const std::string& run) {
  return "wsdeep-loadtest-" + run;
}

std::string job_manifest(const JobSpec& spec) {
  const Json job = {{"apiVersion", "batch/v1"},
                    {"kind", "Job"},
                    {"metadata", metadata(spec.run)},
                    {"spec",
                     {{"completionMode", "Indexed"},
                      {"completions", spec.workers},
                      {"parallelism", spec.workers},
                      {"backoffLimit", 0},
                      {"activeDeadlineSeconds", spec.deadline.count()},
                      {"ttlSecondsAfterFinished", kKeptSeconds},
                      {"template", {{"metadata", template_metadata(spec.run)}, {"spec", pod_of(spec)}}}}}};
  return wire::dump_json(job);
}

std::string secret_manifest(const std::string& run, const std::map<std::string, std::string>& contents) {
  Json data = Json::object();
  for (const auto& [name, content] : contents) data[name] = base64(content);
  return wire::dump_json({{"apiVersion", "v1"},
                          {"kind", "Secret"},
                          {"type", "Opaque"},
                          {"immutable", true},
                          {"metadata", metadata(run)},
                          {"data", data}});
}

std::string config_map_manifest(const std::string& run, const std::map<std::string, std::string>& contents) {
  Json data = Json::object();
  for (const auto& [name, content] : contents) data[name] = base64(content);
  return wire::dump_json({{"apiVersion", "v1"},
                          {"kind", "ConfigMap"},
                          {"immutable", true},
                          {"metadata", metadata(run)},
                          {"binaryData", data}});
}

std::string owned_by_job(const std::string& run, const std::string& uid) {
  const Json owner = {{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"name", job_name(run)}, {"uid", uid}};
  return wire::dump_json({{"metadata", {{"ownerReferences", Json::array({owner})}}}});
}

std::string yaml_of(const std::string& manifest) {
  std::string out;
  write_yaml(out, wire::parse_json(manifest, "manifest"), 0, false);
  return out;
}

}  // namespace wsdeep::load
