#include "load/remote/kubectl.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "base/temporary_folder.h"
#include "base/text.h"
#include "net/run_program.h"

namespace wsdeep::load {
namespace {

constexpr std::chrono::seconds kCallLimit{20};
constexpr std::size_t kLongestFault = 500;

std::filesystem::path kubectl_in(const Env& env) {
  if (auto program = net::find_program(env, "kubectl")) return *program;
  throw Error(ErrorKind::kNotFound, "--on k8s needs kubectl, and PATH has none",
              "install it as https://kubernetes.io/docs/tasks/tools/ says, or Debian's kubernetes-client");
}

/// Its last line that says something: those before it are of single tries.
std::string fault_in(const net::ProgramRun& ran) {
  std::string_view last;
  for (const std::string_view line : split(ran.err, '\n'))
    if (!trim(line).empty()) last = trim(line);
  std::string text = strip_control(std::string(last.substr(0, kLongestFault)));
  return text.empty() ? fmt::format("exit code {}", ran.exit_code) : text;
}

std::string hint_for(const std::string& fault) {
  if (fault.find("Forbidden") != std::string::npos || fault.find("cannot create") != std::string::npos)
    return "LOADTEST.md has the Role that it needs, under 'Kubernetes'";
  if (fault.find("refused") != std::string::npos || fault.find("no configuration") != std::string::npos)
    return "see which cluster `kubectl cluster-info` reaches; --kube-context names another";
  return {};
}

}  // namespace

Kubectl::Kubectl(Env env, const std::string& context, const std::string& name_space)
    : env_(std::move(env)), program_(kubectl_in(env_)) {
  if (!context.empty()) first_.push_back("--context=" + context);
  if (!name_space.empty()) first_.push_back("--namespace=" + name_space);
}

std::string Kubectl::run(const std::vector<std::string>& arguments, const std::stop_token& stop) const {
  std::vector<std::string> words = first_;
  words.insert(words.end(), arguments.begin(), arguments.end());
  net::ProgramRun ran = net::run_program_as_us(program_, words, env_, kCallLimit, stop);
  if (ran.exit_code == 0) return std::move(ran.out);
  const std::string fault = fault_in(ran);
  throw Error(ErrorKind::kFailure, fmt::format("kubectl {}: {}", arguments.front(), fault), hint_for(fault));
}

std::string Kubectl::create(std::string_view manifest, const std::stop_token& stop) const {
  // It may hold tokens: a file for this user alone, which goes when it was read.
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "manifest.json";
  DiskFiles().write(file, manifest, 0600);
  // Its own check would fetch the cluster's whole OpenAPI document, for manifests whose shape is known.
  return run({"create", "--filename=" + file.string(), "--output=json", "--validate=false"}, stop);
}

}  // namespace wsdeep::load
