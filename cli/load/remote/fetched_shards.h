#pragma once

#include <filesystem>
#include <optional>

#include "load/remote/run_bucket.h"

namespace wsdeep::load {

/// Shards of a run's bucket as files here, which live as long as this.
class FetchedShards {
 public:
  FetchedShards();
  ~FetchedShards();
  FetchedShards(const FetchedShards&) = delete;
  FetchedShards& operator=(const FetchedShards&) = delete;

  /// Nothing when the bucket has none of that worker.
  std::optional<std::filesystem::path> fetch(RunBucket& bucket, int worker);

 private:
  std::filesystem::path folder_;
};

}  // namespace wsdeep::load
