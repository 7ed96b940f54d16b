#include "net/certificate_pair.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "net/tls.h"

namespace wsdeep::net {
namespace {

using namespace std::chrono_literals;

const CertificateAndKey& authority() {
  static const CertificateAndKey made = make_certificate_authority("a CA");
  return made;
}

/// Why a pair is refused; empty when it is taken.
std::string fault_of(const std::string& certificate, const std::string& key) {
  try {
    check_certificate_pair(certificate, key);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(CertificatePair, TellsWhenTheFirstCertificateEnds) {
  const CertificateAndKey server = make_server_certificate(authority(), {"localhost"});
  const SystemTime end = check_certificate_pair(server.certificate_pem + authority().certificate_pem, server.key_pem);
  const auto left = end - std::chrono::system_clock::now();
  EXPECT_GT(left, 396 * 24h);
  EXPECT_LT(left, 398 * 24h);
}

TEST(CertificatePair, IsRefusedWhenItDoesNotFitOrCannotBeRead) {
  const CertificateAndKey server = make_server_certificate(authority(), {"localhost"});
  const std::string& certificate = server.certificate_pem;
  const std::string chain = certificate + authority().certificate_pem;
  EXPECT_EQ(fault_of(certificate, authority().key_pem), "the key is not the certificate's");
  EXPECT_EQ(fault_of("", server.key_pem), "the certificate file holds no certificate that can be read");
  EXPECT_EQ(fault_of(certificate.substr(0, certificate.size() / 2), server.key_pem),
            "the certificate file holds no certificate that can be read");
  EXPECT_EQ(fault_of(chain.substr(0, chain.size() - 40), server.key_pem), "a certificate is cut off or damaged");
  EXPECT_EQ(fault_of(certificate, ""), "the key file holds no key that can be read (one with a password cannot)");
}

TEST(CertificatePair, CountsAuthorities) {
  EXPECT_EQ(count_certificates(authority().certificate_pem + authority().certificate_pem), 2);
  EXPECT_THROW(count_certificates(""), Error);
  EXPECT_THROW(count_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), Error);
}

}  // namespace
}  // namespace wsdeep::net
