#include "llm/node/node_tls.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "llm/pem_file.h"
#include "net/certificate_pair.h"

namespace wsdeep::llm {
namespace {

constexpr auto kNearEnd = std::chrono::days(14);

void check_files(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty())
    throw Error(ErrorKind::kUsage, "TLS needs both a certificate file and a key file");
  if (!files.client_ca.empty() && files.certificate.empty())
    throw Error(ErrorKind::kUsage, "clients can be asked for certificates over TLS only",
                "give --certificate and --key too");
}

/// gRPC's C++ has no credentials that change; its C has.
class FetchedCredentials final : public grpc::ServerCredentials {
 public:
  explicit FetchedCredentials(grpc_server_credentials* credentials) : credentials_(credentials) {}
  ~FetchedCredentials() override { grpc_server_credentials_release(credentials_); }
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* credentials_;
};

}  // namespace

/// gRPC's question at each handshake: is there something new to show?
struct NodeTls::Fetch {
  static grpc_ssl_certificate_config_reload_status answer(void* self, grpc_ssl_server_certificate_config** config) {
    auto& tls = *static_cast<NodeTls*>(self);
    const std::lock_guard lock(tls.mutex_);
    if (std::exchange(tls.fetched_, true)) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{tls.shown_.key.c_str(), tls.shown_.certificate.c_str()};
    // It wants authorities also where no client is asked; the certificate itself does no harm.
    const std::string& client_ca = tls.shown_.client_ca.empty() ? tls.shown_.certificate : tls.shown_.client_ca;
    *config = grpc_ssl_server_certificate_config_create(client_ca.c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }
};

NodeTls::NodeTls(TlsFiles files, SystemTime now) : files_(std::move(files)) {
  check_files(files_);
  take(read());
  warn_of_the_end(now);
}

std::shared_ptr<grpc::ServerCredentials> NodeTls::credentials() {
  const auto asks = files_.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                             : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  grpc_ssl_server_credentials_options* options =
      grpc_ssl_server_credentials_create_options_using_config_fetcher(asks, &Fetch::answer, this);
  return std::make_shared<FetchedCredentials>(grpc_ssl_server_credentials_create_with_options(options));
}

void NodeTls::look_again(SystemTime now) {
  Pems pems;
  std::string refused;
  try {
    pems = read();
    take(pems);
  } catch (const Error& error) {
    refused = error.what();
  }
  note(pems, refused);
  warn_of_the_end(now);
}

/// What is refused is told at the second look that finds it so: files change one after the other.
void NodeTls::note(const Pems& pems, const std::string& refused) {
  if (pems != seen_ || refused != refused_) {
    seen_ = pems;
    refused_ = refused;
    told_ = refused.empty();
  } else if (!std::exchange(told_, true)) {
    log_warn("the TLS files have changed and cannot be used; what was read before goes on", {{"cause", refused}});
  }
}

NodeTls::Pems NodeTls::read() const {
  return {read_pem(files_.certificate, "certificate file"), read_pem(files_.key, "key file"),
          read_pem(files_.client_ca, "client CA file")};
}

void NodeTls::take(const Pems& pems) {
  if (pems == shown_) return;
  try {
    ends_ = net::check_certificate_pair(pems.certificate, pems.key);
    if (!files_.client_ca.empty()) net::count_certificates(pems.client_ca);
  } catch (const Error& error) {
    throw Error(ErrorKind::kFailure, fmt::format("cannot serve TLS with {}: {}", files_.certificate, error.what()));
  }
  log_info("TLS certificate", {{"file", files_.certificate}, {"ends", iso8601(ends_)}});
  const std::lock_guard lock(mutex_);
  shown_ = pems;
  fetched_ = false;
}

void NodeTls::warn_of_the_end(SystemTime now) {
  if (ends_ - now > kNearEnd || now - warned_ < std::chrono::days(1)) return;
  warned_ = now;
  log_warn(ends_ > now ? "the TLS certificate ends soon" : "the TLS certificate has ended",
           {{"file", files_.certificate}, {"ends", iso8601(ends_)}});
}

}  // namespace wsdeep::llm
