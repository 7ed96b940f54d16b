#include "load/remote/fetched_shards.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <string>
#include <system_error>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::load {

FetchedShards::FetchedShards() {
  std::string pattern = (std::filesystem::temp_directory_path() / "wsdeep-shards-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw Error(ErrorKind::kFailure, fmt::format("cannot make a folder in {} for the shards",
                                                 std::filesystem::temp_directory_path().string()));
  folder_ = pattern;
}

FetchedShards::~FetchedShards() {
  std::error_code left_behind;
  std::filesystem::remove_all(folder_, left_behind);
}

std::optional<std::filesystem::path> FetchedShards::fetch(RunBucket& bucket, int worker) {
  const auto shard = bucket.shard(worker);
  if (!shard) return std::nullopt;
  const std::filesystem::path path = folder_ / fmt::format("{}.shard", worker);
  DiskFiles().write(path, *shard, 0600);
  return path;
}

}  // namespace wsdeep::load
