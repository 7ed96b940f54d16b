#include "commands/client_options.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/printable.h"
#include "base/url.h"
#include "commands/not_empty.h"
#include "local/server_info.h"

namespace wsdeep::commands {
namespace {

std::string local_node(const ClientOptions& options, const Context& context) {
  const auto folder = options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
  const auto info = local::running_system(context.files, folder);
  if (!info)
    throw Error(ErrorKind::kFailure, "no local system is running, and no --url says which node to ask",
                "start it with: wsdeep local up --detach");
  if (info->llm_url.starts_with("bedrock:"))
    throw Error(ErrorKind::kUsage, fmt::format("the local system has no node: it asks {}", printable(info->llm_url)),
                "name another node with --url; wsdeep llm generate --engine bedrock asks Bedrock itself");
  return info->llm_url;
}

/// A bare `host:port` as a URL.
std::string url_of_address(const std::string& address, bool tls) {
  const auto fail = [&](const std::string& cause) -> Error {
    return {ErrorKind::kUsage, fmt::format("not the address of a node: '{}': {}", printable(address), cause),
            fmt::format("such as {}:50051", cause == "no port" && !address.empty() ? printable(address) : "gpu-1")};
  };
  const std::size_t colon = address.rfind(':'), bracket = address.rfind(']');
  if (colon == std::string::npos || (bracket != std::string::npos && bracket > colon) || colon + 1 == address.size())
    throw fail("no port");
  if (bracket == std::string::npos && address.find(':') != colon) throw fail("an IPv6 address stands in brackets");
  if (address.find_first_of("/?#@") != std::string::npos)
    throw fail("expected host:port, or a URL of grpc:// or grpcs://");
  return (tls ? "grpcs://" : "grpc://") + address;
}

std::string node_url(const ClientOptions& options, const Context& context) {
  const std::string& url = options.url;
  if (url.empty() && !options.via.empty()) return options.tls ? "grpcs://localhost:50051" : "grpc://localhost:50051";
  if (url.empty()) return local_node(options, context);
  if (url.find("://") == std::string::npos) return url_of_address(url, options.tls);
  if (options.tls && parse_url(url).scheme == "grpc")
    throw Error(ErrorKind::kUsage, fmt::format("--tls, and {} is plain text", printable(url)),
                "write grpcs:// for TLS");
  return url;
}

/// Options for TLS where there is none would do nothing, unseen.
void require_tls(const ClientOptions& options, const llm::ClientTarget& target) {
  if (parse_url(target.url).scheme != "grpc") return;
  const char* flag = options.insecure ? "--insecure" : !options.certificate_file.empty() ? "--cert" : nullptr;
  if (flag != nullptr)
    throw Error(ErrorKind::kUsage, fmt::format("{} is for TLS, and {} is plain text", flag, printable(target.url)),
                "write grpcs://, or add --tls");
}

void check_authority(const std::string& authority) {
  if (authority.empty()) return;
  try {
    if (parse_url("grpc://" + authority).authority() == authority) return;
  } catch (const Error&) {
    // Told below.
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("--authority must be a host name, or host:port, got '{}'", printable(authority)));
}

}  // namespace

void add_client_options(const Command& command, ClientOptions& options) {
  command
      .add_option("--url", options.url,
                  "the node, host:port, grpc://host:port or grpcs://host:port; without it the local one")
      .envname("WSDEEP_LLM_URL")
      .check(not_empty);
  add_connection_options(command, options);
}

void add_connection_options(const Command& command, ClientOptions& options) {
  command.add_option("--state", options.state, "state folder of the local system").envname("WSDEEP_LOCAL_STATE");
  command.add_option("--timeout", options.timeout_seconds, "seconds to wait").range(1, 3600).shows_default();
  add_client_tls_options(command, options);
  const std::string way = "Through Session Manager";
  command
      .add_option("--via", options.via,
                  "ssm:INSTANCE: the address is that instance's (localhost:50051 without one), or of a host it reaches")
      .check(not_empty)
      .group(way);
  command.add_option("--region", options.region, "AWS region of the instance").check(not_empty).group(way);
  command.add_option("--profile", options.profile, "profile of ~/.aws/config").group(way);
}

void add_client_tls_options(const Command& command, ClientOptions& options) {
  const std::string group = "TLS";
  command.add_flag("--tls", options.tls, "host:port means TLS").group(group);
  command.add_option("--ca-file,--ca", options.ca_file, "PEM file to trust instead of the system's CAs")
      .envname("WSDEEP_CA_FILE")
      .group(group);
  const Option certificate =
      command.add_option("--cert", options.certificate_file, "PEM file of a client's certificate, for mutual TLS")
          .group(group);
  const Option key = command.add_option("--key", options.key_file, "PEM file of its key").group(group);
  certificate.needs(key);
  key.needs(certificate);
  command.add_option("--authority", options.authority, "what the server is called, in its certificate too")
      .group(group);
  command.add_flag("--insecure", options.insecure, "take any certificate: whoever is on the way may read all")
      .group(group);
}

void warn_of_insecurity(const ClientOptions& options, const Console& console) {
  if (!options.insecure) return;
  console.err(console.style_err("33", "warning:") +
              " --insecure: the server's certificate is not checked; whoever is on the way can read and change all "
              "that is sent\n");
}

llm::ClientTarget llm_target(const ClientOptions& options, const Context& context) {
  llm::ClientTarget target;
  target.url = node_url(options, context);
  target.ca_file = options.ca_file;
  target.certificate_file = options.certificate_file;
  target.key_file = options.key_file;
  target.authority = options.authority;
  target.verify = !options.insecure;
  check_authority(options.authority);
  require_tls(options, target);
  return target;
}

std::vector<llm::ClientTarget> llm_targets(const std::vector<std::string>& urls, ClientOptions options,
                                           const Context& context) {
  std::vector<llm::ClientTarget> targets;
  for (const std::string& url : urls) {
    options.url = url;
    targets.push_back(llm_target(options, context));
  }
  return targets;
}

}  // namespace wsdeep::commands
