#pragma once

#include <filesystem>
#include <optional>

#include "base/temporary_folder.h"
#include "load/remote/run_bucket.h"

namespace wsdeep::load {

/// Shards of a run's bucket as files here, which live as long as this.
class FetchedShards {
 public:
  /// Nothing when the bucket has none of that worker.
  std::optional<std::filesystem::path> fetch(RunBucket& bucket, int worker);

 private:
  TemporaryFolder folder_;
};

}  // namespace wsdeep::load
