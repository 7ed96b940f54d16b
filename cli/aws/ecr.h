#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"

namespace wsdeep::aws {

/// An image in a private registry of ECR.
struct EcrImage {
  std::string account;
  std::string region;
  std::string repository;
  std::string tag;     ///< `latest` where the name says neither
  std::string digest;  ///< `sha256:…`; then it counts, and not the tag

  /// Reads `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/vllm:v1`; nothing for an image of any other registry.
  static std::optional<EcrImage> parse(std::string_view name);
};

/// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
class Ecr {
 public:
  Ecr(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Its bytes, as they are pulled. Throws ServiceError `RepositoryNotFoundException` or `ImageNotFoundException`, kind
  /// kNotFound.
  std::int64_t image_bytes(const EcrImage& image);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
