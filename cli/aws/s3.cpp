#include "aws/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/xml.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kSinglePut = 16 << 20;
constexpr std::size_t kPart = 8 << 20;
constexpr std::int64_t kLargestObject = 48LL << 40;
constexpr int kPreconditionFailed = 412;
constexpr const char* kXmlns = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

bool is_missing(const ServiceError& error) {
  return error.status() == 404;
}

/// The region that a bucket is in, where S3 says it, is of no use: Lambda and CloudFormation read from their own.
Error elsewhere(const std::string& bucket, const std::string& there, const std::string& here) {
  return {
      ErrorKind::kFailure,
      fmt::format("the bucket {} is in {}, the stack in {}", bucket, there.empty() ? "another region" : there, here),
      fmt::format("name a bucket of {} with --bucket, or leave --bucket out: then one is made there", here)};
}

/// Whoever answers any request with 200, as the page of a proxy or of a hotel's network does, would have us believe
/// that a package is there. S3 names each request (the emulator moto does it as other services do).
void check_is_s3(const std::string& operation, const net::Headers& headers) {
  if (net::header(headers, "x-amz-request-id") || net::header(headers, "x-amzn-requestid")) return;
  throw Error(ErrorKind::kFailure,
              fmt::format("the answer to {} does not come from S3: it has no x-amz-request-id", operation),
              "a proxy or the network's own page answers instead: look at HTTPS_PROXY and AWS_ENDPOINT_URL");
}

/// Configurations and DeleteObjects want a checksum of their body; SHA-256 is one that S3 takes.
net::Headers checksum_of(const std::string& body) {
  return {{"x-amz-checksum-sha256", base64(sha256(body))}, {"x-amz-sdk-checksum-algorithm", "SHA256"}};
}

/// The object's size, of an answer that brings its bytes from `begin` on: the whole, or `Content-Range: bytes 0-9/100`.
std::size_t total_of(const net::HttpResponse& part, std::size_t begin) {
  if (part.status == 200 && begin == 0) return part.body.size();
  const std::string range = net::header(part.headers, "content-range").value_or("");
  const auto total = parse_integer(std::string_view(range).substr(range.find('/') + 1), 1, kLargestObject);
  const std::string expected = fmt::format("bytes {}-{}/", begin, begin + part.body.size() - 1);
  if (!total || part.body.empty() || !range.starts_with(expected))
    throw Error(ErrorKind::kFailure, fmt::format("the answer to GetObject is not the part that was asked for: it has "
                                                 "status {} and '{}'",
                                                 part.status, strip_control(range)));
  return static_cast<std::size_t>(*total);
}

bool blocks_all(const XmlNode& answer) {
  for (const char* part : {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"})
    if (answer.text_of(part) != "true") return false;
  return true;
}

constexpr int kMostPages = 1000;

std::vector<ObjectVersion> versions_in(const XmlNode& answer) {
  std::vector<ObjectVersion> found;
  for (const char* kind : {"Version", "DeleteMarker"})
    for (const XmlNode* one : answer.all(kind))
      found.push_back({one->text_of("Key"), one->text_of("VersionId"), one->text_of("LastModified"),
                       static_cast<std::uint64_t>(parse_integer(one->text_of("Size"), 0, kLargestObject).value_or(0))});
  return found;
}

}  // namespace

/// One of a bucket's settings that keep what is in it.
struct S3::Protection {
  const char* what;
  const char* get;
  const char* put;
  const char* query;
  const char* body;  ///< {}: its name space
  bool (*holds)(const XmlNode& answer);
};

const std::vector<S3::Protection>& S3::protections() {
  static const std::vector<Protection> kProtections{
      {"public access block", "GetPublicAccessBlock", "PutPublicAccessBlock", "publicAccessBlock=",
       "<PublicAccessBlockConfiguration {}><BlockPublicAcls>true</BlockPublicAcls>"
       "<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>"
       "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
       blocks_all},
      // Whoever chose a key of their own keeps it.
      {"encryption", "GetBucketEncryption", "PutBucketEncryption", "encryption=",
       "<ServerSideEncryptionConfiguration {}><Rule><ApplyServerSideEncryptionByDefault>"
       "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
       "</ServerSideEncryptionConfiguration>",
       [](const XmlNode& answer) { return answer.find("Rule") != nullptr; }},
      {"versioning", "GetBucketVersioning", "PutBucketVersioning",
       "versioning=", "<VersioningConfiguration {}><Status>Enabled</Status></VersioningConfiguration>",
       [](const XmlNode& answer) { return answer.text_of("Status") == "Enabled"; }},
  };
  return kProtections;
}

std::optional<S3Place> s3_place(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.find_first_of("?#%") != std::string_view::npos) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const std::string_view host = url.substr(0, url.find('/'));
  std::string_view path = url.substr(std::min(url.size(), host.size() + 1));
  if (host.find("amazonaws.com") == std::string_view::npos || path.empty()) return std::nullopt;
  const bool in_path = host.starts_with("s3.") || host.starts_with("s3-");
  if (!in_path) {
    const std::size_t service = std::min(host.find(".s3."), host.find(".s3-"));
    if (service == std::string_view::npos || service == 0) return std::nullopt;
    return S3Place{std::string(host.substr(0, service)), std::string(path)};
  }
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == path.size()) return std::nullopt;
  return S3Place{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

std::optional<S3Place> s3_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "s3://";
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const std::string_view bucket = uri.substr(0, uri.find('/'));
  if (bucket.empty()) return std::nullopt;
  return S3Place{std::string(bucket), std::string(uri.substr(std::min(uri.size(), bucket.size() + 1)))};
}

S3::S3(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : by_path_(!options.endpoint.ends_with(fmt::format(".{}", dns_suffix(options.region)))),
      region_(options.region),
      options_(std::move(options)),
      http_(http),
      credentials_(credentials),
      clock_(clock) {}

Client& S3::at(const std::string& bucket) {
  if (client_ && bucket == bucket_) return *client_;
  ClientOptions options = options_;
  const std::size_t host = options.endpoint.find("://");
  if (!by_path_ && host != std::string::npos) options.endpoint.insert(host + 3, bucket + ".");
  bucket_ = bucket;
  client_ = std::make_unique<Client>(http_, std::move(options), credentials_, "s3", "s3", clock_);
  return *client_;
}

std::string S3::target(const std::string& bucket, const std::string& key, const std::string& query) const {
  std::string path = by_path_ ? "/" + bucket : "";
  if (!key.empty() || path.empty()) path += "/" + percent_encode(key, "/");
  return query.empty() ? path : path + "?" + query;
}

net::HttpResponse S3::call(const std::string& operation, const std::string& method, const std::string& bucket,
                           const std::string& key, const std::string& query, std::string body,
                           const CallContext& context, net::Headers headers) {
  Client::Request request;
  request.operation = operation;
  request.method = method;
  request.target = target(bucket, key, query);
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.takes_redirect = true;
  net::HttpResponse response = at(bucket).send(request, context);
  const auto region = net::header(response.headers, "x-amz-bucket-region");
  const bool sends_elsewhere = response.status >= 300;  // as S3 does to the bucket's own region alone
  if (!sends_elsewhere || !region) check_is_s3(operation, response.headers);
  if (sends_elsewhere) throw elsewhere(bucket, region.value_or(""), region_);
  return response;
}

bool S3::bucket_exists(const std::string& bucket, const std::string& account) {
  try {
    call("HeadBucket", "HEAD", bucket, {}, {}, {}, {}, {{"x-amz-expected-bucket-owner", account}});
    return true;
  } catch (const ServiceError& error) {
    if (is_missing(error)) return false;
    // To a HEAD request S3 says no more than this about a signature that is for another region.
    if (error.status() == 400) throw elsewhere(bucket, "", region_);
    if (error.status() != 403) throw;
    throw Error(ErrorKind::kRefused,
                fmt::format("the bucket {} belongs to another account, or may not be used", bucket),
                "name another one with --bucket, or allow s3:ListBucket on it");
  }
}

void S3::create_bucket(const std::string& bucket) {
  std::string body;
  if (region_ != "us-east-1")  // the one region that must not be named
    body = fmt::format(
        "<CreateBucketConfiguration {}><LocationConstraint>{}</LocationConstraint>"
        "</CreateBucketConfiguration>",
        kXmlns, region_);
  call("CreateBucket", "PUT", bucket, {}, {}, body);
}

void S3::put_protection(const std::string& bucket, const Protection& protection) {
  const std::string body = fmt::format(fmt::runtime(protection.body), kXmlns);
  call(protection.put, "PUT", bucket, {}, protection.query, body, {}, checksum_of(body));
}

void S3::secure_bucket(const std::string& bucket) {
  for (const Protection& protection : protections()) put_protection(bucket, protection);
}

bool S3::has_protection(const std::string& bucket, const Protection& protection) {
  try {
    return protection.holds(
        parse_xml(call(protection.get, "GET", bucket, {}, protection.query, {}).body, protection.what));
  } catch (const ServiceError& error) {
    if (is_missing(error)) return false;
    throw;
  }
}

std::vector<std::string> S3::complete_protection(const std::string& bucket) {
  std::vector<std::string> added;
  for (const Protection& protection : protections()) {
    if (has_protection(bucket, protection)) continue;
    put_protection(bucket, protection);
    added.emplace_back(protection.what);
  }
  return added;
}

bool S3::blocks_public_access(const std::string& bucket) {
  return has_protection(bucket, protections().front());
}

bool S3::object_exists(const std::string& bucket, const std::string& key) {
  try {
    call("HeadObject", "HEAD", bucket, key, {}, {});
    return true;
  } catch (const ServiceError& error) {
    if (is_missing(error)) return false;
    throw;
  }
}

std::string S3::get_object(const std::string& bucket, const std::string& key) {
  return call("GetObject", "GET", bucket, key, {}, {}).body;
}

std::optional<std::string> S3::get_large_object(const std::string& bucket, const std::string& key, std::size_t limit) {
  std::string content;
  std::size_t total = 1;  // known from the first part on
  net::Headers same_version;
  while (content.size() < total) {
    net::Headers headers = same_version;
    headers.emplace_back("Range", fmt::format("bytes={}-{}", content.size(), content.size() + kPart - 1));
    try {
      const net::HttpResponse part = call("GetObject", "GET", bucket, key, {}, {}, {}, std::move(headers));
      total = total_of(part, content.size());
      if (total > limit)
        throw Error(ErrorKind::kFailure, fmt::format("s3://{}/{} has more than {} bytes", bucket, key, limit));
      content += part.body;
      if (same_version.empty()) same_version = {{"If-Match", net::header(part.headers, "etag").value_or("*")}};
    } catch (const ServiceError& error) {
      if (content.empty() && is_missing(error)) return std::nullopt;
      throw;
    }
  }
  return content;
}

void S3::put_object(const std::string& bucket, const std::string& key, std::string_view content,
                    const Progress& progress, const CallContext& context, const net::Headers& headers) {
  put(bucket, key, content, progress, context, headers);
}

bool S3::put_new_object(const std::string& bucket, const std::string& key, std::string_view content,
                        const CallContext& context) {
  try {
    put(bucket, key, content, {}, context, {{"If-None-Match", "*"}});
    return true;
  } catch (const ServiceError& error) {
    if (error.status() == kPreconditionFailed) return false;
    throw;
  }
}

void S3::put(const std::string& bucket, const std::string& key, std::string_view content, const Progress& progress,
             const CallContext& context, const net::Headers& condition) {
  if (content.size() > kSinglePut) return put_parts(bucket, key, content, progress, context, condition);
  net::Headers headers = condition;
  if (!net::header(headers, "Content-Type")) headers.emplace_back("Content-Type", "application/octet-stream");
  call("PutObject", "PUT", bucket, key, {}, std::string(content), context, std::move(headers));
  if (progress) progress(content.size());
}

void S3::put_parts(const std::string& bucket, const std::string& key, std::string_view content,
                   const Progress& progress, const CallContext& context, const net::Headers& condition) {
  const std::string upload = percent_encode(
      parse_xml(call("CreateMultipartUpload", "POST", bucket, key, "uploads=", {}, context).body, "the new upload")
          .text_of("UploadId"));
  if (upload.empty()) throw Error(ErrorKind::kFailure, "the answer to CreateMultipartUpload names no upload");
  std::string parts;
  try {
    for (std::size_t at = 0, number = 1; at < content.size(); at += kPart, ++number) {
      const net::HttpResponse stored =
          call("UploadPart", "PUT", bucket, key, fmt::format("partNumber={}&uploadId={}", number, upload),
               std::string(content.substr(at, kPart)), context);
      parts += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number,
                           xml_escape(net::header(stored.headers, "etag").value_or("")));
      if (progress) progress(std::min(at + kPart, content.size()));
    }
    call("CompleteMultipartUpload", "POST", bucket, key, "uploadId=" + upload,
         fmt::format("<CompleteMultipartUpload {}>{}</CompleteMultipartUpload>", kXmlns, parts), context, condition);
  } catch (const Error& error) {
    abort_parts(bucket, key, upload, error);
    throw;
  }
}

/// Parts that nobody completes would be paid for without end. What went wrong first is told first.
void S3::abort_parts(const std::string& bucket, const std::string& key, const std::string& upload, const Error& cause) {
  try {
    call("AbortMultipartUpload", "DELETE", bucket, key, "uploadId=" + upload, {});
  } catch (const Error& error) {
    if (cause.kind() == ErrorKind::kInterrupted) return;
    throw Error(cause.kind(), fmt::format("{}; its parts stay in {}: {}", cause.what(), bucket, error.what()),
                cause.hint());
  }
}

S3::Holdings S3::count_objects(const std::string& bucket, const std::string& prefix) {
  constexpr int kMaxObjectPages = 5;
  Holdings found;
  std::string next;
  for (int page = 0; page < kMaxObjectPages; ++page) {
    const std::string from = next.empty() ? "" : fmt::format("continuation-token={}&", percent_encode(next));
    const std::string query = fmt::format("{}list-type=2&prefix={}", from, percent_encode(prefix));
    const XmlNode answer =
        parse_xml(call("ListObjectsV2", "GET", bucket, {}, query, {}).body, "the objects of " + bucket);
    for (const XmlNode* one : answer.all("Contents")) {
      ++found.objects;
      found.bytes += static_cast<std::uint64_t>(parse_integer(one->text_of("Size"), 0, kLargestObject).value_or(0));
    }
    next = answer.text_of("NextContinuationToken");
    found.complete = next.empty();
    if (found.complete) break;
  }
  return found;
}

std::vector<ObjectVersion> S3::list_versions(const std::string& bucket, const std::string& prefix) {
  const std::string query = prefix.empty() ? "versions=" : fmt::format("prefix={}&versions=", percent_encode(prefix));
  return versions_in(
      parse_xml(call("ListObjectVersions", "GET", bucket, {}, query, {}).body, "the versions of " + bucket));
}

std::vector<ObjectVersion> S3::all_versions(const std::string& bucket, const std::string& prefix) {
  std::vector<ObjectVersion> found;
  const std::string wanted = fmt::format("prefix={}&", percent_encode(prefix));
  std::string after_key, after_version;
  for (int page = 0; page < kMostPages; ++page) {
    const XmlNode answer = parse_xml(
        call("ListObjectVersions", "GET", bucket, {}, after_key + wanted + after_version + "versions=", {}).body,
        "the versions of " + bucket);
    for (ObjectVersion& one : versions_in(answer)) found.push_back(std::move(one));
    if (answer.text_of("IsTruncated") != "true") return found;
    after_key = fmt::format("key-marker={}&", percent_encode(answer.text_of("NextKeyMarker")));
    const std::string version = answer.text_of("NextVersionIdMarker");
    after_version = version.empty() ? "" : fmt::format("version-id-marker={}&", percent_encode(version));
  }
  throw Error(ErrorKind::kFailure, fmt::format("the versions of {} do not end", bucket));
}

void S3::delete_versions(const std::string& bucket, const std::vector<ObjectVersion>& versions) {
  std::string body = fmt::format("<Delete {}><Quiet>true</Quiet>", kXmlns);
  for (const ObjectVersion& one : versions)
    body += fmt::format("<Object><Key>{}</Key><VersionId>{}</VersionId></Object>", xml_escape(one.key),
                        xml_escape(one.version));
  body += "</Delete>";
  net::Headers headers = checksum_of(body);
  const XmlNode answer =
      parse_xml(call("DeleteObjects", "POST", bucket, {}, "delete=", std::move(body), {}, std::move(headers)).body,
                "the answer to DeleteObjects");
  if (const XmlNode* fault = answer.find("Error"))
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot delete {} from {}: {}", fault->text_of("Key"), bucket, fault->text_of("Message")));
}

void S3::delete_bucket(const std::string& bucket) {
  call("DeleteBucket", "DELETE", bucket, {}, {}, {});
}

std::string S3::url_of(const std::string& bucket, const std::string& key) const {
  if (by_path_) return fmt::format("{}/{}/{}", options_.endpoint, bucket, percent_encode(key, "/"));
  return fmt::format("https://{}.s3.{}.{}/{}", bucket, region_, dns_suffix(region_), percent_encode(key, "/"));
}

}  // namespace wsdeep::aws
