#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The texts that both sides of a signature write down; sigv4.cpp explains them.
namespace wsdeep::aws {

inline constexpr std::string_view kSignatureAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kScopeTerminator = "aws4_request";

/// A header as it is signed: its lower-case name and its value as it came.
using SignedField = std::pair<std::string, std::string_view>;

/// `content-type;host;x-amz-date` of fields that are in order.
std::string names_of(const std::vector<SignedField>& fields);

/// `target` is path and query as they are sent; `path_as_sent` is s3's rule. `fields` must be in order.
std::string canonical_request(std::string_view method, std::string_view target, const std::vector<SignedField>& fields,
                              std::string_view names, std::string_view payload_hash, bool path_as_sent);

struct CredentialScope {
  std::string_view date;  ///< `20150830`
  std::string_view region;
  std::string_view service;

  /// `20150830/us-east-1/iam/aws4_request`
  std::string text() const;
};

/// The signature of a canonical request, in hexadecimal. `timestamp` as in X-Amz-Date.
std::string signature_of(std::string_view canonical, std::string_view timestamp, const CredentialScope& scope,
                         std::string_view secret);

}  // namespace wsdeep::aws
