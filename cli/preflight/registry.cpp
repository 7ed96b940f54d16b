#include "preflight/registry.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace wsdeep::preflight {
namespace {

constexpr std::size_t kMaxTokenAnswer = 256 << 10;
constexpr const char* kManifests =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// Docker talks plain HTTP to a registry on this machine alone.
bool is_this_machine(const std::string& host) {
  const std::string name = host.substr(0, host.find(':'));
  return name == "localhost" || name == "127.0.0.1";
}

net::HttpResponse get(const std::string& method, const std::string& url, net::Headers headers, net::HttpClient& http,
                      const std::stop_token& cancel) {
  net::HttpCall call;
  call.method = method;
  call.url = url;
  call.headers = std::move(headers);
  call.max_response_bytes = kMaxTokenAnswer;
  call.timeout = std::chrono::seconds(3);
  call.cancel = cancel;
  return http.send(call);
}

/// `realm="https://auth.docker.io/token"` of a challenge; empty when it has none.
std::string challenge_value(const std::string& challenge, const std::string& name) {
  const std::string begin = name + "=\"";
  const std::size_t at = challenge.find(begin);
  if (at == std::string::npos) return {};
  const std::size_t from = at + begin.size();
  return challenge.substr(from, challenge.find('"', from) - from);
}

/// The token that everybody gets; empty: there is none.
std::string public_token(const std::string& challenge, const RegistryImage& image, net::HttpClient& http,
                         const std::stop_token& cancel) {
  const std::string realm = challenge_value(challenge, "realm");
  const bool is_safe =
      realm.starts_with("https://") || (is_this_machine(image.host) && realm.starts_with("http://127.0.0.1"));
  if (!challenge.starts_with("Bearer ") || !is_safe) return {};
  const std::string url =
      fmt::format("{}?service={}&scope={}", realm, percent_encode(challenge_value(challenge, "service")),
                  percent_encode(fmt::format("repository:{}:pull", image.path)));
  const net::HttpResponse answer = get("GET", url, {}, http, cancel);
  if (answer.status != 200) return {};
  const auto document = nlohmann::json::parse(answer.body, nullptr, false);
  if (!document.is_object()) return {};
  for (const char* name : {"token", "access_token"})
    if (const auto found = document.find(name); found != document.end() && found->is_string())
      return found->get<std::string>();
  return {};
}

}  // namespace

RegistryImage RegistryImage::parse(const std::string& name) {
  RegistryImage image{"registry-1.docker.io", name, "latest"};
  const std::size_t slash = name.find('/');
  const std::string first = name.substr(0, slash);
  const bool has_host =
      slash != std::string::npos && (first.find_first_of(".:") != std::string::npos || first == "localhost");
  if (has_host) {
    if (first != "docker.io") image.host = first;
    image.path = name.substr(slash + 1);
  }
  if (const std::size_t at = image.path.find('@'); at != std::string::npos) {
    image.reference = image.path.substr(at + 1);
    image.path.resize(at);
    if (const std::size_t colon = image.path.rfind(':'); colon != std::string::npos) image.path.resize(colon);
  } else if (const std::size_t colon = image.path.rfind(':'); colon != std::string::npos) {
    image.reference = image.path.substr(colon + 1);
    image.path.resize(colon);
  }
  if (image.host == "registry-1.docker.io" && image.path.find('/') == std::string::npos)
    image.path.insert(0, "library/");
  return image;
}

std::string RegistryImage::manifest_url() const {
  return fmt::format("{}://{}/v2/{}/manifests/{}", is_this_machine(host) ? "http" : "https", host,
                     percent_encode(path, "/"), percent_encode(reference, ":"));
}

PublicImage look_up(const RegistryImage& image, net::HttpClient& http, const std::stop_token& cancel) {
  net::Headers headers{{"Accept", kManifests}};
  net::HttpResponse answer = get("HEAD", image.manifest_url(), headers, http, cancel);
  if (answer.status == 401) {
    const std::string token =
        public_token(net::header(answer.headers, "www-authenticate").value_or(""), image, http, cancel);
    if (token.empty()) return PublicImage::kNotSaid;
    headers.emplace_back("Authorization", "Bearer " + token);
    answer = get("HEAD", image.manifest_url(), headers, http, cancel);
  }
  if (answer.status == 200) return PublicImage::kThere;
  return answer.status == 404 ? PublicImage::kMissing : PublicImage::kNotSaid;
}

}  // namespace wsdeep::preflight
