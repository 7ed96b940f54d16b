#include "net/certificate_pair.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/error.h"
#include "net/openssl_owned.h"

namespace wsdeep::net {
namespace {

[[noreturn]] void fail(const char* cause) {
  ERR_clear_error();
  throw Error(ErrorKind::kFailure, cause);
}

OwnedBio reader_of(const std::string& pem) {
  return OwnedBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

OwnedCertificate next_certificate(const OwnedBio& reader) {
  return OwnedCertificate(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
}

/// Without it OpenSSL asks for a password at the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

SystemTime end_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) fail("the certificate's end cannot be read");
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace

SystemTime check_certificate_pair(const std::string& certificate_pem, const std::string& key_pem) {
  const OwnedCertificate certificate = next_certificate(reader_of(certificate_pem));
  if (!certificate) fail("the certificate file holds no certificate that can be read");
  count_certificates(certificate_pem);
  const OwnedKey key(PEM_read_bio_PrivateKey(reader_of(key_pem).get(), nullptr, no_password, nullptr));
  if (!key) fail("the key file holds no key that can be read (one with a password cannot)");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) fail("the key is not the certificate's");
  return end_of(certificate.get());
}

int count_certificates(const std::string& pem) {
  const OwnedBio reader = reader_of(pem);
  int count = 0;
  while (next_certificate(reader)) ++count;
  const unsigned long why = ERR_peek_last_error();
  const bool at_the_end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
  if (count == 0) fail("there is no certificate that can be read");
  if (!at_the_end) fail("a certificate is cut off or damaged");
  ERR_clear_error();
  return count;
}

}  // namespace wsdeep::net
