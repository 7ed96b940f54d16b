#include "net/tls_look.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/printable.h"
#include "base/text.h"
#include "net/blocking_connect.h"
#include "net/certificate_fault.h"
#include "net/http_call.h"
#include "net/openssl_owned.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;

constexpr std::size_t kMostNames = 8;
constexpr milliseconds kLateAlert{500};  // of TLS 1.3, which refuses a client's certificate after the handshake

using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

/// Nothing when there is no connection.
OwnedDescriptor connection_of(const TlsLookCall& call, Deadline deadline) {
  try {
    return connect_blocking({call.host, call.port, deadline});
  } catch (const TransportError&) {
    return OwnedDescriptor();
  }
}

TlsLook& look_of(const SSL* tls) {
  return *static_cast<TlsLook*>(SSL_get_app_data(tls));
}

void note_alert(const SSL* tls, int where, int value) {
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
  TlsLook& look = look_of(tls);
  look.talk = TlsLook::Talk::kTls;
  if ((value & 0xFF) != SSL_AD_CLOSE_NOTIFY) look.alert = to_lower(SSL_alert_desc_string_long(value));
}

/// Called when a server asks for a certificate and none is set.
int note_request(SSL* tls, X509**, EVP_PKEY**) {
  look_of(tls).wants_certificate = true;
  return 0;
}

Context make_context(const TlsLookCall& call) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // the verdict is kept, and looked at afterwards
  SSL_CTX_set_info_callback(context.get(), note_alert);
  if (call.ca_file.empty())
    SSL_CTX_set_default_verify_paths(context.get());
  else
    SSL_CTX_load_verify_file(context.get(), call.ca_file.c_str());
  if (call.certificate_file.empty()) {
    SSL_CTX_set_client_cert_cb(context.get(), note_request);
  } else {
    SSL_CTX_use_certificate_chain_file(context.get(), call.certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), call.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  return context;
}

void expect_name(SSL* tls, const std::string& name) {
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls, kHttp2, sizeof kHttp2);
  if (is_ip_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name.c_str());
    return;
  }
  SSL_set_tlsext_host_name(tls, name.c_str());
  SSL_set1_host(tls, name.c_str());
}

/// Repeats a step of TLS until it is done, fails or takes too long; the last result of SSL_get_error.
template <typename Step>
int finish(SSL* tls, Deadline deadline, Step step) {
  for (;;) {
    ERR_clear_error();
    const int done = step();
    if (done > 0) return SSL_ERROR_NONE;
    const int wanted = SSL_get_error(tls, done);
    const bool waits = wanted == SSL_ERROR_WANT_READ || wanted == SSL_ERROR_WANT_WRITE;
    const short events = wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    if (!waits || wait_for_events(SSL_get_fd(tls), events, deadline) != WaitEnd::kReady) return wanted;
  }
}

TlsLook::Talk talk_of(int failed) {
  if (failed == SSL_ERROR_WANT_READ || failed == SSL_ERROR_WANT_WRITE) return TlsLook::Talk::kSilent;
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const bool ended = failed == SSL_ERROR_SYSCALL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return ended ? TlsLook::Talk::kClosed : TlsLook::Talk::kForeign;
}

std::string printed(const X509_NAME* name) {
  char text[256] = {};
  const int size = X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(name), NID_commonName, text, sizeof text);
  return size > 0 ? printable({text, static_cast<std::size_t>(size)}) : "";
}

std::string printed(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS)
    return printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
                      static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))});
  if (name.type != GEN_IPADD) return {};
  const ASN1_OCTET_STRING* address = name.d.iPAddress;
  char text[INET6_ADDRSTRLEN] = {};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return {};
  return ::inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof text) != nullptr ? text : "";
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> list;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; names && at < sk_GENERAL_NAME_num(names.get()) && list.size() < kMostNames; ++at)
    if (std::string name = printed(*sk_GENERAL_NAME_value(names.get(), at)); !name.empty())
      list.push_back(std::move(name));
  return list;
}

/// The day on which it ended, if it did.
std::string end_of_life(const X509* certificate) {
  std::tm time{};
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(end) >= 0 || ASN1_TIME_to_tm(end, &time) != 1) return {};
  return iso8601(std::chrono::system_clock::from_time_t(::timegm(&time))).substr(0, 10);
}

void judge_certificate(const SSL* tls, const std::string& name, TlsLook& look) {
  const OwnedCertificate certificate(SSL_get1_peer_certificate(tls));
  if (!certificate) return;
  look.names = names_of(certificate.get());
  look.issuer = printed(X509_get_issuer_name(certificate.get()));
  look.ended = end_of_life(certificate.get());
  const long verdict = SSL_get_verify_result(tls);
  if (verdict == X509_V_OK) return;
  look.fault = certificate_fault(verdict, name);
  look.is_misnamed = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  look.is_untrusted = look.fault.ends_with("unknown CA");
}

void begin_tls(SSL* tls, const TlsLookCall& call, Deadline deadline, TlsLook& look) {
  const int failed = finish(tls, deadline, [&] { return SSL_connect(tls); });
  if (failed != SSL_ERROR_NONE) {
    if (look.talk != TlsLook::Talk::kTls) look.talk = talk_of(failed);
    return;
  }
  look.talk = TlsLook::Talk::kTls;
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls, &protocol, &size);
  look.has_http2 = size == 2;
  judge_certificate(tls, call.name, look);
  if (!look.wants_certificate && call.certificate_file.empty()) return;
  char byte = 0;
  const int end = finish(tls, std::min(deadline, std::chrono::steady_clock::now() + kLateAlert),
                         [&] { return SSL_read(tls, &byte, 1); });
  look.left = end != SSL_ERROR_NONE && end != SSL_ERROR_WANT_READ;
}

}  // namespace

std::optional<TlsLook> look_at_tls(const TlsLookCall& call) {
  const Deadline deadline = std::chrono::steady_clock::now() + call.timeout;
  const OwnedDescriptor socket = connection_of(call, deadline);
  if (socket.get() < 0) return std::nullopt;
  const Context context = make_context(call);
  const Session tls(context ? SSL_new(context.get()) : nullptr);
  if (!tls) return std::nullopt;
  TlsLook look;
  SSL_set_app_data(tls.get(), &look);
  SSL_set_fd(tls.get(), socket.get());
  expect_name(tls.get(), call.name);
  begin_tls(tls.get(), call, deadline, look);
  ERR_clear_error();
  return look;
}

}  // namespace wsdeep::net
