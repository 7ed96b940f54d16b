#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "aws/sts.h"
#include "deploy/stack_session.h"
#include "net/http_message.h"
#include "stack/package/package.h"

namespace wsdeep::deploy {

/// What `deploy` and `diff` are told about what is to be deployed.
struct PlanOptions {
  std::string template_file;            ///< instead of the one that the settings render
  std::vector<std::string> parameters;  ///< KEY=VALUE, or file://PATH
  std::vector<std::string> tags;
  std::string bucket;
  std::string binaries;
  std::string node_binaries;  ///< folder of wsdeep-node; empty: as the others
  std::string packages = "build/package";
  std::string role_arn;
  bool both = false;  ///< parts are planned with these: each takes the parameters that its template declares
};

/// A file that has to be in the bucket before the change set is made; its key holds its hash.
struct Artifact {
  std::string name;
  std::filesystem::path file;
  std::string key;
  std::uint64_t bytes = 0;
  bool unchanged = false;  ///< built by an earlier run
  net::Headers headers{};  ///< that it is stored with; empty: of no type
};

/// Builds those packages as the options and the settings have them, and shows how far it is.
std::vector<stack::Package> build_for(const PlanOptions& options, const StackSession& session,
                                      std::vector<std::string> names);
Artifact artifact_of(const stack::Package& package);
/// The bucket of --bucket, or the project's own.
std::string package_bucket(const PlanOptions& options, const StackTarget& target, const aws::CallerIdentity& who);

/// A package of the node that is not the one that was built, but the one that the settings pin.
struct NodePin {
  std::string bucket;
  std::string key;
};

/// What there is to say of a pinned package: that this build would make another one. Empty: nothing, or nobody can tell
/// since `wsdeep-node` is not there. Throws Error{kNotFound} for one that is not in its bucket; it may be the one that
/// this build makes, which `artifact` is then, to be uploaded.
std::string check_pin(const NodePin& pin, const std::string& own_bucket, const PlanOptions& options,
                      StackSession& session, std::vector<Artifact>& artifacts);

}  // namespace wsdeep::deploy
