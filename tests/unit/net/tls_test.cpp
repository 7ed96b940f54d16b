#include "net/tls.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::net {
namespace {

// That clients accept these certificates for the right names only is shown in websocket_client_test.cpp.

const CertificateAndKey& tls_authority() {
  static const CertificateAndKey made = make_certificate_authority("wsdeep test");
  return made;
}

TEST(ServerCertificate, IsUsableForItsNamesOnly) {
  const std::string pem = make_server_certificate(tls_authority(), {"localhost", "127.0.0.1", "::1"}).certificate_pem;
  EXPECT_TRUE(certificate_is_usable(pem, tls_authority().certificate_pem, {"localhost"}));
  EXPECT_TRUE(certificate_is_usable(pem, tls_authority().certificate_pem, {"::1", "127.0.0.1", "localhost"}));
  EXPECT_FALSE(certificate_is_usable(pem, tls_authority().certificate_pem, {"localhost", "example.com"}));
  EXPECT_FALSE(certificate_is_usable(pem, tls_authority().certificate_pem, {"127.0.0.2"}));
}

TEST(ServerCertificate, IsNotUsableUnderAnotherAuthorityOrAsOne) {
  const CertificateAndKey server = make_server_certificate(tls_authority(), {"localhost"});
  const CertificateAndKey namesake = make_certificate_authority("wsdeep test");
  EXPECT_FALSE(certificate_is_usable(server.certificate_pem, namesake.certificate_pem, {"localhost"}));
  const CertificateAndKey grandchild = make_server_certificate(server, {"localhost"});
  EXPECT_FALSE(certificate_is_usable(grandchild.certificate_pem, server.certificate_pem, {"localhost"}));
}

TEST(ServerCertificate, IsNotUsableWhenItCannotBeRead) {
  const std::string pem = make_server_certificate(tls_authority(), {"localhost"}).certificate_pem;
  for (const std::string& broken : {std::string(), std::string("nonsense"), pem.substr(0, pem.size() / 2)}) {
    EXPECT_FALSE(certificate_is_usable(broken, tls_authority().certificate_pem, {"localhost"}));
    EXPECT_FALSE(certificate_is_usable(pem, broken, {"localhost"}));
  }
}

TEST(ServerCertificate, IsNotMadeForWhatIsNoName) {
  for (const char* bad : {"", "a b", "localhost,IP:1.2.3.4", "x\ny", "DNS:x"})
    EXPECT_THROW(make_server_certificate(tls_authority(), {"localhost", bad}), Error) << bad;
  EXPECT_THROW(make_server_certificate(tls_authority(), {}), Error);
}

TEST(ServerCertificate, NeedsAReadableAuthority) {
  EXPECT_THROW(make_server_certificate({"nonsense", tls_authority().key_pem}, {"localhost"}), Error);
  EXPECT_THROW(make_server_certificate({tls_authority().certificate_pem, "nonsense"}, {"localhost"}), Error);
}

TEST(CertificateAuthority, HasAPkcs8KeyAndIsNewEachTime) {
  const CertificateAndKey other = make_certificate_authority("wsdeep test");
  EXPECT_TRUE(other.key_pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_NE(other.certificate_pem, tls_authority().certificate_pem);
  EXPECT_NE(other.key_pem, tls_authority().key_pem);
}

}  // namespace
}  // namespace wsdeep::net
