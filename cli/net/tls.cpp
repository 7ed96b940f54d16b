#include "net/tls.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/random.h"
#include "net/openssl_owned.h"

namespace wsdeep::net {
namespace {

using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;

constexpr auto kAuthorityLife = std::chrono::days(3650);
constexpr auto kServerLife = std::chrono::days(397);  // the longest that browsers accept
constexpr auto kNeededLife = std::chrono::days(7);
constexpr auto kClockSkew = std::chrono::hours(1);
constexpr long kVersion3 = 2;

/// What OpenSSL hands out, or an Error with its reason.
template <typename Owner>
Owner owned(Owner thing, const char* what) {
  if (thing) return thing;
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  throw Error(ErrorKind::kFailure, fmt::format("cannot {}: {}", what, reason != nullptr ? reason : "unknown reason"));
}

void require(bool done, const char* what) {
  if (!done) owned(OwnedKey(), what);
}

std::string text_of(const OwnedBio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(const OwnedCertificate& certificate) {
  const OwnedBio bio = owned(OwnedBio(BIO_new(BIO_s_mem())), "write a certificate");
  require(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "write a certificate");
  return text_of(bio);
}

std::string pem_of(const OwnedKey& key) {
  const OwnedBio bio = owned(OwnedBio(BIO_new(BIO_s_secmem())), "write a key");
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a key");
  return text_of(bio);
}

OwnedBio bio_of(const std::string& pem) {
  return owned(OwnedBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))), "read PEM");
}

OwnedCertificate read_certificate(const std::string& pem) {
  return OwnedCertificate(PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr));
}

OwnedKey read_key(const std::string& pem) {
  return owned(OwnedKey(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, nullptr, nullptr)), "read a key");
}

/// 127 random bits: positive, and never the same twice.
void set_serial(X509* certificate) {
  std::string bytes = random_bytes(16);
  bytes[0] = static_cast<char>(bytes[0] & 0x7F);
  const Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), 16, nullptr));
  require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "number a certificate");
}

template <typename Duration>
long seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::duration<long>>(duration).count();
}

/// A certificate for `key` with everything but issuer, extensions and signature.
OwnedCertificate blank_certificate(const OwnedKey& key, const std::string& common_name, std::chrono::seconds life) {
  OwnedCertificate certificate = owned(OwnedCertificate(X509_new()), "make a certificate");
  X509_set_version(certificate.get(), kVersion3);
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -seconds(kClockSkew));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(life));
  X509_set_pubkey(certificate.get(), key.get());
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "name a certificate");
  return certificate;
}

void extend(const OwnedCertificate& certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate.get(), nullptr, nullptr, 0);
  const Extension extension =
      owned(Extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())), "extend a certificate");
  require(X509_add_ext(certificate.get(), extension.get(), -1) == 1, "extend a certificate");
}

void sign(const OwnedCertificate& certificate, const OwnedKey& key) {
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign a certificate");
}

/// `DNS:localhost,IP:127.0.0.1`. OpenSSL reads this text, so a name may not bring syntax of its own.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    const bool address = is_ip_address(name);
    const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") ==
                       std::string::npos;
    if (name.empty() || (!address && !plain))
      throw Error(ErrorKind::kUsage, fmt::format("cannot make a certificate for '{}': not a host name", name));
    list += (list.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  return list;
}

bool is_signed_by(X509* certificate, X509* authority) {
  const Store store = owned(Store(X509_STORE_new()), "check a certificate");
  const StoreContext context = owned(StoreContext(X509_STORE_CTX_new()), "check a certificate");
  X509_STORE_add_cert(store.get(), authority);
  X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  const bool valid = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return valid;
}

bool covers(X509* certificate, const std::string& name) {
  return is_ip_address(name) ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
                             : X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

bool lasts_long_enough(const X509* certificate) {
  std::time_t limit = std::time(nullptr) + seconds(kNeededLife);
  return X509_cmp_time(X509_get0_notAfter(certificate), &limit) > 0;
}

}  // namespace

CertificateAndKey make_certificate_authority(const std::string& common_name) {
  const OwnedKey key = owned(OwnedKey(EVP_EC_gen("P-256")), "make a key");
  const OwnedCertificate certificate = blank_certificate(key, common_name, kAuthorityLife);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate, certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(certificate, certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate, certificate.get(), NID_subject_key_identifier, "hash");
  sign(certificate, key);
  return {pem_of(certificate), pem_of(key)};
}

CertificateAndKey make_server_certificate(const CertificateAndKey& ca, const std::vector<std::string>& names) {
  if (names.empty()) throw Error(ErrorKind::kUsage, "cannot make a certificate without a name");
  const OwnedCertificate authority = owned(read_certificate(ca.certificate_pem), "read the CA's certificate");
  const OwnedKey authority_key = read_key(ca.key_pem);
  const OwnedKey key = owned(OwnedKey(EVP_EC_gen("P-256")), "make a key");
  const OwnedCertificate certificate = blank_certificate(key, names.front(), kServerLife);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get()));
  extend(certificate, authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate, authority.get(), NID_key_usage, "critical,digitalSignature");
  extend(certificate, authority.get(), NID_ext_key_usage, "serverAuth");
  extend(certificate, authority.get(), NID_subject_alt_name, alternative_names(names));
  extend(certificate, authority.get(), NID_subject_key_identifier, "hash");
  extend(certificate, authority.get(), NID_authority_key_identifier, "keyid");
  sign(certificate, authority_key);
  return {pem_of(certificate), pem_of(key)};
}

bool certificate_is_usable(const std::string& certificate_pem, const std::string& ca_pem,
                           const std::vector<std::string>& names) {
  const OwnedCertificate certificate = read_certificate(certificate_pem);
  const OwnedCertificate authority = read_certificate(ca_pem);
  ERR_clear_error();
  if (!certificate || !authority || !is_signed_by(certificate.get(), authority.get())) return false;
  const auto covered = [&](const std::string& name) { return covers(certificate.get(), name); };
  return lasts_long_enough(certificate.get()) && std::all_of(names.begin(), names.end(), covered);
}

bool holds_certificate(const std::string& pem) {
  const bool holds = read_certificate(pem) != nullptr;
  ERR_clear_error();
  return holds;
}

std::string fault_of_pair(const CertificateAndKey& pair) {
  const OwnedCertificate certificate = read_certificate(pair.certificate_pem);
  // An empty pass phrase, so that OpenSSL does not ask the terminal for one.
  char none[] = "";
  const OwnedKey key(PEM_read_bio_PrivateKey(bio_of(pair.key_pem).get(), nullptr, nullptr, none));
  const bool match = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!certificate) return "the certificate is not in PEM";
  if (!key) return "the key is not in PEM, or is encrypted";
  return match ? "" : "they do not belong together";
}

bool is_ip_address(const std::string& host) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(host, failed);
  return !failed;
}

}  // namespace wsdeep::net
