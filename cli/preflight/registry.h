#pragma once

#include <stop_token>
#include <string>

#include "net/http_client.h"
#include "preflight/facts.h"

namespace wsdeep::preflight {

/// Where the manifest of an image is asked for, by the distribution API: the host and path of `https://HOST/v2/PATH/…`.
struct RegistryImage {
  std::string host;
  std::string path;
  std::string reference;  ///< tag or digest

  /// As Docker reads a name: `vllm/vllm-openai:v1` is of Docker Hub, `ollama/ollama` has the tag latest.
  static RegistryImage parse(const std::string& name);
  std::string manifest_url() const;
};

/// Asks without a secret; where the registry wants a token that it gives to everybody, with that.
/// https://distribution.github.io/distribution/spec/auth/token/
PublicImage look_up(const RegistryImage& image, net::HttpClient& http, const std::stop_token& cancel);

}  // namespace wsdeep::preflight
