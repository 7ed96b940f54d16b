#include "load/remote/fetched_shards.h"

#include <fmt/format.h>

#include "base/files.h"

namespace wsdeep::load {

std::optional<std::filesystem::path> FetchedShards::fetch(RunBucket& bucket, int worker) {
  const auto shard = bucket.shard(worker);
  if (!shard) return std::nullopt;
  const std::filesystem::path path = folder_.path() / fmt::format("{}.shard", worker);
  DiskFiles().write(path, *shard, 0600);
  return path;
}

}  // namespace wsdeep::load
