#include "net/tls_client_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/text.h"
#include "net/certificate_fault.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using FileVersion = std::pair<std::string, std::filesystem::file_time_type>;

std::shared_ptr<asio::ssl::context> make_context(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context->set_verify_mode(asio::ssl::verify_peer);
  error_code failed;
  context->set_default_verify_paths(failed);  // a machine without CAs can still use ca_file
  if (ca_file.empty()) return context;
  context->load_verify_file(ca_file, failed);
  if (failed)
    throw Error(ErrorKind::kFailure, fmt::format("cannot use CA file {}: {}", ca_file, to_lower(failed.message())));
  return context;
}

}  // namespace

std::shared_ptr<asio::ssl::context> client_context(const std::string& ca_file) {
  static std::mutex mutex;
  static std::map<FileVersion, std::shared_ptr<asio::ssl::context>> contexts;
  std::error_code missing;
  const FileVersion key{ca_file, ca_file.empty() ? std::filesystem::file_time_type{}
                                                 : std::filesystem::last_write_time(ca_file, missing)};
  const std::lock_guard lock(mutex);
  auto& context = contexts[key];
  if (!context) context = make_context(ca_file);
  return context;
}

void expect_host(Stream& stream, const std::string& host) {
  SSL* const tls = stream.native_tls();
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str());
    return;
  }
  SSL_set_tlsext_host_name(tls, host.c_str());
  SSL_set1_host(tls, host.c_str());
}

std::string tls_cause(Stream& stream, const std::string& host, error_code failed) {
  const long verdict = SSL_get_verify_result(stream.native_tls());
  if (verdict != X509_V_OK) return certificate_fault(verdict, host);
  if (ERR_GET_REASON(static_cast<unsigned long>(failed.value())) == SSL_R_WRONG_VERSION_NUMBER &&
      failed.category() == asio::error::get_ssl_category())
    return "the server does not speak TLS on this port";
  return failed == asio::error::eof || failed == asio::ssl::error::stream_truncated
             ? "the server ended the TLS handshake; does it speak TLS on this port?"
             : "TLS handshake failed: " + to_lower(failed.message());
}

}  // namespace wsdeep::net
