#include "load/remote/run_bucket.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "aws/call_settings.h"
#include "base/error.h"

namespace wsdeep::load {
namespace {

std::string region_of(const aws::CallSettings& calls) {
  if (auto region = calls.region()) return *region;
  throw Error(ErrorKind::kUsage, "nothing says which region the bucket of --results is in",
              "export AWS_REGION, or write region into the profile");
}

aws::ClientOptions bucket_options(const aws::CallSettings& calls, const std::stop_token& stop) {
  aws::ClientOptions options = calls.client_options("S3", "s3", region_of(calls));
  options.timeout = std::chrono::seconds(60);
  options.cancel = stop;
  return options;
}

aws::S3Place object_of(const std::string& uri) {
  const auto place = aws::s3_uri(uri);
  if (!place || place->key.empty() || place->key.ends_with('/'))
    throw Error(ErrorKind::kUsage, fmt::format("expected s3://BUCKET/KEY, got '{}'", uri));
  return *place;
}

}  // namespace

BucketAccess::BucketAccess(const Env& env, Files& files, const Clock& clock, const std::stop_token& stop)
    : region_(region_of(aws::CallSettings::load(env, files))),
      credentials_(env, files, clock, {}, stop),
      s3_(http_, bucket_options(aws::CallSettings::load(env, files), stop), credentials_, clock) {}

RunBucket::RunBucket(BucketAccess& access, const std::string& results, const std::string& run) : s3_(access.s3()) {
  const auto place = aws::s3_uri(results);
  if (!place)
    throw Error(ErrorKind::kUsage,
                fmt::format("--results must be s3://BUCKET or s3://BUCKET/PREFIX, got '{}'", results));
  bucket_ = place->bucket;
  folder_ = place->key;
  if (!folder_.empty() && !folder_.ends_with('/')) folder_ += '/';
  folder_ += run + "/";
}

std::string RunBucket::key(std::string_view name) const {
  return fmt::format("{}{}", folder_, name);
}

std::string RunBucket::shard_uri(std::string_view worker) const {
  return fmt::format("s3://{}/{}worker-{}.shard", bucket_, folder_, worker);
}

std::optional<std::string> RunBucket::shard(int worker) {
  return s3_.get_large_object(bucket_, key(fmt::format("worker-{}.shard", worker)), kMaxShard);
}

std::string RunBucket::inputs_uri() const {
  return fmt::format("s3://{}/{}inputs/", bucket_, folder_);
}

void RunBucket::put_input(const std::string& name, std::string_view content) {
  s3_.put_object(bucket_, key("inputs/" + name), content);
}

void RunBucket::remove_inputs() {
  const std::vector<aws::ObjectVersion> versions = s3_.list_versions(bucket_, key("inputs/"));  // a dozen at most
  if (!versions.empty()) s3_.delete_versions(bucket_, versions);
}

void put_shard(BucketAccess& access, const std::string& uri, std::string_view content) {
  const aws::S3Place place = object_of(uri);
  if (access.s3().put_new_object(place.bucket, place.key, content)) return;
  if (access.s3().get_large_object(place.bucket, place.key, kMaxShard) == content) return;
  throw Error(ErrorKind::kFailure, fmt::format("{} is there already, and is another worker's", uri));
}

std::string get_input(BucketAccess& access, const std::string& uri) {
  const aws::S3Place place = object_of(uri);
  if (auto content = access.s3().get_large_object(place.bucket, place.key, kMaxInput)) return *std::move(content);
  throw Error(ErrorKind::kFailure, fmt::format("{} is not there", uri));
}

}  // namespace wsdeep::load
