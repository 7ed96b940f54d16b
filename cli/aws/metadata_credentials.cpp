#include <arpa/inet.h>
#include <fmt/format.h>

#include "aws/client.h"
#include "aws/credential_sources.h"
#include "aws/instance_metadata.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "wire/json_fields.h"

// Credentials that the machine's surroundings hand out over HTTP: a container's agent, an instance's metadata service.

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxTokenFile = 16 << 10;

bool is_loopback_or_agent(const std::string& host) {
  if (host == "localhost" || host == "169.254.170.2" || host == "169.254.170.23" || host == "fd00:ec2::23") return true;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string container_url(const Env& env) {
  if (const auto relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    if (!relative->starts_with('/'))
      throw Error(ErrorKind::kRefused, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with '/'");
    return "http://169.254.170.2" + *relative;
  }
  return env.get_or("AWS_CONTAINER_CREDENTIALS_FULL_URI", "");
}

/// Over plain HTTP only the machine itself and the agents' own addresses may be asked: the answer is a secret.
void check_container_host(const Url& url) {
  if (url.scheme == "https" || (url.scheme == "http" && is_loopback_or_agent(url.host))) return;
  throw Error(ErrorKind::kRefused,
              fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI names {}, which is neither https nor a loopback address",
                          url.host));
}

/// The Authorization header that the agent wants; empty when it wants none.
std::string container_token(const SourceContext& context) {
  std::string token = context.env.get_or("AWS_CONTAINER_AUTHORIZATION_TOKEN", "");
  if (const auto file = context.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    const auto text = context.files.read(*file, kMaxTokenFile);
    if (!text) throw Error(ErrorKind::kRefused, fmt::format("the container token file {} is missing", *file));
    token = trim(*text);
  }
  if (token.find_first_of("\r\n") != std::string::npos)
    throw Error(ErrorKind::kRefused, "the container authorization token holds a line break");
  return token;
}

}  // namespace

std::optional<Credentials> container_credentials(const SourceContext& context) {
  const std::string address = container_url(context.env);
  if (address.empty()) return std::nullopt;
  const Url url = parse_url(address);
  check_container_host(url);
  ClientOptions options;
  options.endpoint = fmt::format("{}://{}", url.scheme, url.authority());
  options.timeout = std::chrono::seconds(2);
  options.retry.max_attempts = 3;
  StaticCredentials none({});
  Client client(context.http, options, none, "the container's credential service", "", context.clock);
  Client::Request request;
  request.operation = "get credentials";
  request.method = "GET";
  request.target = url.target;
  request.sign = false;
  if (const std::string token = container_token(context); !token.empty())
    request.headers.emplace_back("Authorization", token);
  return read_key_document(client.send(request).body, "container credentials", "Token");
}

std::optional<Credentials> instance_credentials(const SourceContext& context, std::string& why) {
  constexpr auto kRoles = "/latest/meta-data/iam/security-credentials/";
  if (instance_metadata_is_disabled(context.env)) {
    why = "AWS_EC2_METADATA_DISABLED is true";
    return std::nullopt;
  }
  InstanceMetadata metadata(context.http, context.env);
  if (!metadata.open_session()) {
    why = fmt::format("{} does not answer as an instance's would", metadata.base());
    return std::nullopt;
  }
  const net::HttpResponse roles = metadata.get(kRoles);
  if (roles.status == 404) {
    why = "the instance has no role";
    return std::nullopt;
  }
  const std::string_view text = trim(roles.body);
  const std::string role(text.substr(0, text.find('\n')));
  const net::HttpResponse keys = metadata.get(kRoles + percent_encode(role));
  if (roles.status != 200 || role.empty() || keys.status != 200)
    throw Error(ErrorKind::kRefused, fmt::format("the instance metadata service answered HTTP {}",
                                                 roles.status != 200 ? roles.status : keys.status));
  return read_key_document(keys.body, "instance credentials", "Token");
}

}  // namespace wsdeep::aws
