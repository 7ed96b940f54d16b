#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "deploy/packages.h"
#include "stack/settings/settings.h"

namespace wsdeep::deploy {

/// The files of the web page as they lie in the bucket: in a folder that is called by a hash of them all.
struct WebArtifacts {
  std::string prefix;  ///< `web/HASH`
  std::vector<Artifact> files;
};

/// Writes them below `folder`, from where they are uploaded.
WebArtifacts web_artifacts(Files& files, const std::filesystem::path& folder,
                           const stack::EnvironmentSettings& settings);

}  // namespace wsdeep::deploy
