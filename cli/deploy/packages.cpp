#include "deploy/packages.h"

#include <fmt/format.h>

#include "base/error.h"
#include "deploy/package_progress.h"
#include "deploy/stack_state.h"

namespace wsdeep::deploy {
namespace {

/// The node's package as this build makes it; nothing when its program is not there.
std::optional<Artifact> built_node(const PlanOptions& options, const StackSession& session) {
  try {
    return artifact_of(build_for(options, session, {"node"}).front());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    return std::nullopt;
  }
}

/// Whether a node could fetch it; who may not look is not told.
bool is_there(aws::S3& s3, const NodePin& pin) {
  try {
    return s3.object_exists(pin.bucket, pin.key);
  } catch (const aws::ServiceError& error) {
    if (error.status() != 403) throw;
    return true;
  }
}

}  // namespace

std::vector<stack::Package> build_for(const PlanOptions& options, const StackSession& session,
                                      std::vector<std::string> names) {
  Context& context = session.context;
  stack::PackageOptions package;
  package.binaries =
      options.binaries.empty() ? std::filesystem::path(context.program).parent_path().string() : options.binaries;
  package.node_binaries = options.node_binaries;
  package.out = options.packages;
  if (session.target.settings) package.architecture = session.target.settings->functions.architecture;
  package.only = std::move(names);
  package.stop = session.interrupts.token();
  PackageProgress progress(context.console, context.clock);
  package.progress = progress.callback();
  return stack::build_packages(context.files, package);
}

Artifact artifact_of(const stack::Package& package) {
  return {package.name,         package.file,      fmt::format("packages/{}-{}.zip", package.name, package.sha256),
          package.zipped_bytes, package.unchanged, {}};
}

std::string package_bucket(const PlanOptions& options, const StackTarget& target, const aws::CallerIdentity& who) {
  return !options.bucket.empty() ? options.bucket : artifact_bucket(target.service_name(), who.account, target.region);
}

std::string check_pin(const NodePin& pin, const std::string& own_bucket, const PlanOptions& options,
                      StackSession& session, std::vector<Artifact>& artifacts) {
  const std::optional<Artifact> built = built_node(options, session);
  if (built && built->key == pin.key && own_bucket == pin.bucket) {
    artifacts.push_back(*built);
    return {};
  }
  if (!is_there(session.access.s3, pin))
    throw Error(ErrorKind::kNotFound,
                fmt::format("llm.node_package: there is no s3://{}/{}, and no node could start", pin.bucket, pin.key),
                "name one that is there, or leave llm.node_package out: deploy uploads the one that it builds");
  if (!built || pin.key.ends_with(built->key.substr(built->key.rfind('/') + 1))) return {};
  return fmt::format(
      "llm.node_package pins {}, and this build would make {}, which replaces the nodes: leave the pin out, or set it "
      "to "
      "that one, when they may be replaced",
      pin.key, built->key);
}

}  // namespace wsdeep::deploy
