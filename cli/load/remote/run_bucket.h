#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/credential_chain.h"
#include "aws/s3.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "net/http_client.h"

namespace wsdeep::load {

/// How a bucket is reached from here: region, endpoint and keys as the environment and the profile say.
class BucketAccess {
 public:
  /// Throws Error{kUsage} where nothing says which region.
  BucketAccess(const Env& env, Files& files, const Clock& clock, const std::stop_token& stop = {});

  const std::string& region() const { return region_; }
  aws::S3& s3() { return s3_; }

 private:
  std::string region_;
  net::HttpClient http_;
  aws::CredentialChain credentials_;
  aws::S3 s3_;
};

/// What one run keeps in S3, below `s3://BUCKET/PREFIX/RUN/`: `worker-3.shard`, and `inputs/`, which are gone when the
/// run is over, in all their versions: there are tokens in them. S3 encrypts both by itself (SSE-S3, or the bucket's
/// own key). One thread at a time.
class RunBucket {
 public:
  /// Throws Error{kUsage} for `results` that are no `s3://BUCKET/PREFIX`.
  RunBucket(BucketAccess& access, const std::string& results, const std::string& run);

  /// `worker`: its number, or what stands for it where it is not known yet.
  std::string shard_uri(std::string_view worker) const;
  /// Nothing when there is none.
  std::optional<std::string> shard(int worker);

  /// `s3://BUCKET/PREFIX/RUN/inputs/`
  std::string inputs_uri() const;
  void put_input(const std::string& name, std::string_view content);
  void remove_inputs();

 private:
  std::string key(std::string_view name) const;

  aws::S3& s3_;
  std::string bucket_;
  std::string folder_;
};

/// Writes a shard where there is none yet. One that is there already and is the same is this very call's, whose first
/// answer was lost; another one is Error{kFailure}: two workers have the same number.
void put_shard(BucketAccess& access, const std::string& uri, std::string_view content);

/// The object at `uri`, an input of at most kMaxInput. Throws Error{kFailure} when it is not there.
std::string get_input(BucketAccess& access, const std::string& uri);

/// Between the end of a schedule's drain and the shard's arrival in the bucket.
inline constexpr std::chrono::seconds kShardTime{60};

/// No input is larger.
inline constexpr std::size_t kMaxInput = std::size_t{64} << 20;

/// No shard is larger.
inline constexpr std::size_t kMaxShard = std::size_t{256} << 20;

}  // namespace wsdeep::load
