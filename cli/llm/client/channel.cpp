#include "llm/client/channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <vector>

#include "base/error.h"
#include "llm/convert.h"
#include "llm/pem_file.h"
#include "net/proxy.h"
#include "net/tls.h"

namespace wsdeep::llm {
namespace {

namespace tls = grpc::experimental;

// A node that vanished without a word is noticed 40 s after the last byte. gRPC sends at most two such pings without
// data in between (its default), which also the default server accepts: it answers the third one that comes within
// five minutes with GOAWAY `too_many_pings`. An ALB answers pings itself and does not count them as traffic, so that
// they do not keep a silent stream from its idle timeout; and between calls there are none, because that is
// what the default server forbids.
constexpr int kClientKeepaliveMs = 30'000;
constexpr int kClientKeepaliveTimeoutMs = 10'000;
constexpr int kFirstBackoffMs = 100;
constexpr int kLongestBackoffMs = 2000;

/// gRPC would say of a file that is none only that no connection comes about.
std::string read_roots(const std::string& path) {
  std::string pem = read_pem(path, "CA file");
  if (!path.empty() && !net::holds_certificate(pem))
    throw Error(ErrorKind::kFailure, fmt::format("cannot use CA file '{}': it holds no certificate in PEM", path));
  return pem;
}

net::CertificateAndKey read_identity(const ClientTarget& target) {
  net::CertificateAndKey identity{read_pem(target.certificate_file, "certificate file"),
                                  read_pem(target.key_file, "key file")};
  if (target.certificate_file.empty()) return identity;
  if (const std::string fault = net::fault_of_pair(identity); !fault.empty())
    throw Error(ErrorKind::kFailure, fmt::format("cannot use certificate '{}' with key '{}': {}",
                                                 target.certificate_file, target.key_file, fault));
  return identity;
}

/// Takes any certificate.
class NoVerifier final : public tls::ExternalCertificateVerifier {
 public:
  bool Verify(tls::TlsCustomVerificationCheckRequest*, std::function<void(grpc::Status)>,
              grpc::Status* verdict) override {
    *verdict = grpc::Status::OK;
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}
};

std::shared_ptr<grpc::ChannelCredentials> unverified_credentials(const net::CertificateAndKey& identity) {
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<NoVerifier>());
  options.set_check_call_host(false);
  if (!identity.certificate_pem.empty()) {
    options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
        std::vector{tls::IdentityKeyCertPair{identity.key_pem, identity.certificate_pem}}));
    options.watch_identity_key_cert_pairs();
  }
  return tls::TlsCredentials(options);
}

/// gRPC looks for a proxy in the environment itself, also for a loopback address.
grpc::ChannelArguments channel_arguments(const Url& url, const ClientTarget& target) {
  const int timeout_ms = static_cast<int>(target.connect_timeout.count());
  grpc::ChannelArguments arguments;
  if (net::is_loopback(url.host)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!target.authority.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, target.authority);
  // gRPC's retries (of 1.51) take for granted that an answer has a grpc-status, and abort the process without one; and
  // they connect without a pause to a server that says GOAWAY at once. What they are good for, a call that a server
  // going away did not look at, the client does itself: once (`kAttempts`).
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);          // a connection of its own, not the process's
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, timeout_ms);  // gRPC's name for the connect time-out
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestBackoffMs);
  arguments.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, timeout_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kClientKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kClientKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetUserAgentPrefix("wsdeep");
  return arguments;
}

}  // namespace

Url parse_target(const std::string& url) {
  Url parsed = parse_url(url);
  if (parsed.scheme != "grpc" && parsed.scheme != "grpcs")
    throw Error(ErrorKind::kUsage, fmt::format("not an LLM node's URL: '{}': expected grpc:// or grpcs://", url));
  return parsed;
}

std::shared_ptr<grpc::ChannelCredentials> make_credentials(const Url& url, const ClientTarget& target) {
  if (url.scheme == "grpc") return grpc::InsecureChannelCredentials();
  const net::CertificateAndKey identity = read_identity(target);
  if (!target.verify) return unverified_credentials(identity);
  // Without roots gRPC looks where the distributions keep them.
  return grpc::SslCredentials({read_roots(target.ca_file), identity.key_pem, identity.certificate_pem});
}

std::shared_ptr<grpc::Channel> make_channel(const Url& url, const ClientTarget& target,
                                            const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  return grpc::CreateCustomChannel(fmt::format("dns:///{}:{}", bracketed(url.host), url.port), credentials,
                                   channel_arguments(url, target));
}

}  // namespace wsdeep::llm
