#include "commands/llm/node_access.h"

#include <fmt/format.h>

#include <exception>

#include "aws/call_settings.h"
#include "aws/credential_chain.h"
#include "aws/session_tunnel.h"
#include "aws/ssm.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/url.h"
#include "net/http_client.h"
#include "net/proxy.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::milliseconds kNoticed{300};

/// Of `ssm:i-0123456789abcdef0`.
std::string instance_of(const std::string& via) {
  constexpr std::string_view kScheme = "ssm:";
  std::string instance = via.starts_with(kScheme) ? via.substr(kScheme.size()) : "";
  const bool is_id = (instance.starts_with("i-") || instance.starts_with("mi-")) &&
                     instance.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!is_id)
    throw Error(ErrorKind::kUsage, fmt::format("--via must be ssm: and an instance's id, got '{}'", printable(via)),
                "such as --via ssm:i-0123456789abcdef0");
  return instance;
}

aws::ClientOptions ssm_options(const ClientOptions& options, const Context& context, const Interrupts& interrupts) {
  const auto calls = aws::CallSettings::load(context.env, context.files, options.profile);
  aws::ClientOptions made;
  made.region = options.region.empty() ? calls.region().value_or("") : options.region;
  if (made.region.empty())
    throw Error(ErrorKind::kUsage, "the region of the instance is not known", "pass --region or set AWS_REGION");
  made.endpoint = calls.endpoint("SSM", "ssm", made.region);
  made.ca_file = calls.ca_file();
  made.retry.max_attempts = calls.max_attempts().value_or(made.retry.max_attempts);
  made.cancel = interrupts.token();
  return made;
}

void require_via(const ClientOptions& options) {
  if (!options.region.empty() || !options.profile.empty())
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is for --via ssm:INSTANCE", options.region.empty() ? "--profile" : "--region"));
}

}  // namespace

/// What the tunnel is made with, and lives as long as it.
struct NodeAccess::Tunnel {
  Tunnel(const ClientOptions& options, Context& context, const Interrupts& interrupts)
      : console(context.console),
        credentials(context.env, context.files, context.clock, options.profile, interrupts.token()),
        ssm(http, ssm_options(options, context, interrupts), credentials, context.clock) {}
  const Console& console;
  net::HttpClient http;
  aws::CredentialChain credentials;
  aws::Ssm ssm;
  std::unique_ptr<aws::SessionTunnel> open;
};

NodeAccess::NodeAccess(const ClientOptions& options, Context& context, const Interrupts& interrupts)
    : target_(llm_target(options, context)) {
  target_.cancel = interrupts.token();
  if (options.via.empty())
    require_via(options);
  else
    go_through(options, context, interrupts);
}

NodeAccess::~NodeAccess() {
  if (tunnel_ && tunnel_->open && (failed_ || std::uncaught_exceptions() > 0)) tell_of_tunnel();
}

void NodeAccess::tell_of_tunnel() const {
  const Console& console = tunnel_->console;
  if (const std::string fault = tunnel_->open->fault(kNoticed); !fault.empty())
    console.err(fmt::format("{} {}\n", console.style_err("33", "warning:"), fault));
}

NodeAccess::NodeAccess(NodeAccess&&) noexcept = default;

/// From then on the node is at the tunnel's end; its certificate is still for the name that it was asked for by.
void NodeAccess::go_through(const ClientOptions& options, Context& context, const Interrupts& interrupts) {
  const Url url = parse_url(target_.url);
  aws::TunnelOptions wanted;
  wanted.instance = instance_of(options.via);
  wanted.host = net::is_loopback(url.host) ? "" : url.host;
  wanted.port = url.port;
  wanted.profile = options.profile;
  tunnel_ = std::make_unique<Tunnel>(options, context, interrupts);
  tunnel_->open = std::make_unique<aws::SessionTunnel>(tunnel_->ssm, wanted, context.env, interrupts.token());
  if (target_.authority.empty()) target_.authority = bracketed(url.host);
  target_.url = fmt::format("{}://127.0.0.1:{}", url.scheme, tunnel_->open->port());
}

}  // namespace wsdeep::commands
