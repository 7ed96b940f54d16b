#pragma once

#include <string>
#include <vector>

namespace wsdeep::net {

/// PEM texts. The key is PKCS#8.
struct CertificateAndKey {
  std::string certificate_pem;
  std::string key_pem;
};

/// A self-signed CA (ECDSA P-256, path length 0, ten years) for a laptop's own system.
CertificateAndKey make_certificate_authority(const std::string& common_name);
/// A server certificate for `names` (DNS names and IP addresses, as subjectAltName), signed by `ca`, 397 days.
CertificateAndKey make_server_certificate(const CertificateAndKey& ca, const std::vector<std::string>& names);
/// True when `certificate_pem` is signed by `ca_pem`, covers all `names`, and is valid for a week and more.
bool certificate_is_usable(const std::string& certificate_pem, const std::string& ca_pem,
                           const std::vector<std::string>& names);
/// True when the PEM text holds a certificate.
bool holds_certificate(const std::string& pem);
/// Why a certificate cannot be used with a key, for a person; empty: it can.
std::string fault_of_pair(const CertificateAndKey& pair);
/// True for a literal IPv4 or IPv6 address, without brackets: certificates and SNI treat it apart from a name.
bool is_ip_address(const std::string& host);

}  // namespace wsdeep::net
