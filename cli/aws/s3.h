#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"

/// The part of S3 that a deployment needs: one bucket for its artefacts.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/
namespace wsdeep::aws {

struct ObjectVersion {
  std::string key;
  std::string version;
  std::string modified = {};  ///< when, as the service writes it
  std::uint64_t bytes = 0;    ///< 0 of a delete marker
};

/// An object of some bucket.
struct S3Place {
  std::string bucket;
  std::string key;

  bool operator==(const S3Place&) const = default;
};
/// Where an https address of S3 points, with the bucket in the host (`https://B.s3.REGION.amazonaws.com/K`) or in the
/// path (`https://s3.REGION.amazonaws.com/B/K`); nothing for any other address.
std::optional<S3Place> s3_place(std::string_view url);
/// `s3://BUCKET/KEY`, as the AWS CLI writes it, with or without a key; nothing for any other address.
std::optional<S3Place> s3_uri(std::string_view uri);

class S3 {
 public:
  /// Buckets are addressed by path at an endpoint that is not AWS's, by host name at AWS's own.
  S3(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// False when nobody has a bucket of that name. Throws kRefused when it is somebody else's than `account`
  /// (`x-amz-expected-bucket-owner`), or may not be seen, and kFailure when it is in another region.
  bool bucket_exists(const std::string& bucket, const std::string& account);
  void create_bucket(const std::string& bucket);
  /// No public access by policies or ACLs, encryption by default, versions kept.
  void secure_bucket(const std::string& bucket);
  /// Adds what the bucket lacks of that, as after a run that was cut short; what it added, in words.
  std::vector<std::string> complete_protection(const std::string& bucket);
  bool blocks_public_access(const std::string& bucket);

  bool object_exists(const std::string& bucket, const std::string& key);
  /// At most 16 MB.
  std::string get_object(const std::string& bucket, const std::string& key);
  /// Of any size up to `limit`, in parts of 8 MB that are parts of the same version; nothing when there is none. Throws
  /// kFailure for a larger one, before more than its first part was read.
  std::optional<std::string> get_large_object(const std::string& bucket, const std::string& key, std::size_t limit);
  /// Bytes of `content` that have arrived, from time to time.
  using Progress = std::function<void(std::size_t sent)>;
  /// Whole or not at all. Above 16 MB in parts of 8 MB, and a broken upload leaves no parts behind. `headers` are what
  /// it is served with, such as Content-Type, for one of at most 16 MB.
  void put_object(const std::string& bucket, const std::string& key, std::string_view content,
                  const Progress& progress = {}, const CallContext& context = {}, const net::Headers& headers = {});
  /// The same, where there is no such object yet. False when there is one, which stays as it is; it may be this call's
  /// own, if the answer to a first try was lost.
  bool put_new_object(const std::string& bucket, const std::string& key, std::string_view content,
                      const CallContext& context = {});

  /// Objects of the keys that begin with `prefix` and their bytes, as far as a few thousand of them go.
  struct Holdings {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    bool complete = true;  ///< false: there are more
  };
  Holdings count_objects(const std::string& bucket, const std::string& prefix);

  /// A page of at most 1000 versions and delete markers of the keys that begin with `prefix`, from the start: delete
  /// them and ask again.
  std::vector<ObjectVersion> list_versions(const std::string& bucket, const std::string& prefix = {});
  /// All of them, of however many pages.
  std::vector<ObjectVersion> all_versions(const std::string& bucket, const std::string& prefix);
  /// At most 1000.
  void delete_versions(const std::string& bucket, const std::vector<ObjectVersion>& versions);
  void delete_bucket(const std::string& bucket);

  /// `https://bucket.s3.region.amazonaws.com/key`, as CloudFormation's TemplateURL takes it.
  std::string url_of(const std::string& bucket, const std::string& key) const;

 private:
  struct Protection;
  static const std::vector<Protection>& protections();
  void put_protection(const std::string& bucket, const Protection& protection);
  bool has_protection(const std::string& bucket, const Protection& protection);

  Client& at(const std::string& bucket);
  std::string target(const std::string& bucket, const std::string& key, const std::string& query = {}) const;
  net::HttpResponse call(const std::string& operation, const std::string& method, const std::string& bucket,
                         const std::string& key, const std::string& query, std::string body,
                         const CallContext& context = {}, net::Headers headers = {});
  void put(const std::string& bucket, const std::string& key, std::string_view content, const Progress& progress,
           const CallContext& context, const net::Headers& condition);
  void put_parts(const std::string& bucket, const std::string& key, std::string_view content, const Progress& progress,
                 const CallContext& context, const net::Headers& condition);
  void abort_parts(const std::string& bucket, const std::string& key, const std::string& upload, const Error& cause);

  bool by_path_;
  std::string region_;
  ClientOptions options_;
  std::string bucket_;
  net::HttpClient& http_;
  CredentialSource& credentials_;
  const Clock& clock_;
  std::unique_ptr<Client> client_;  ///< of `bucket_`, whose name is in its host
};

}  // namespace wsdeep::aws
