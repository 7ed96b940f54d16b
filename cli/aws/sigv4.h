#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"
#include "net/http_message.h"

/// AWS Signature Version 4.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
namespace wsdeep::aws {

struct SigningScope {
  std::string region;
  std::string service;  ///< the signing name: `dynamodb`, `execute-api`, `lambda`, `cognito-idp`, `s3`, …
};

/// The headers to add to a request so that it is signed: X-Amz-Date, X-Amz-Security-Token when there is one,
/// X-Amz-Content-Sha256 for s3, and Authorization. `headers` are those that will be sent; all of them are signed but
/// those that proxies change (connection, user-agent, x-amzn-trace-id, expect, transfer-encoding). `url` is absolute;
/// its path and query are percent-encoded as they will be sent. For s3 the path is signed as it is, for every other
/// service it is normalised and encoded once more.
net::Headers sign(std::string_view method, std::string_view url, const net::Headers& headers, std::string_view body,
                  const Credentials& credentials, const SigningScope& scope, SystemTime now);
/// The same for a body of which the SHA-256, in hexadecimal digits, is known: it is sent many times.
net::Headers sign_hashed(std::string_view method, std::string_view url, const net::Headers& headers,
                         std::string_view payload_hash, const Credentials& credentials, const SigningScope& scope,
                         SystemTime now);

/// What a server finds when it checks a signature.
enum class SignatureVerdict { kValid, kMissing, kMalformed, kUnknownKey, kExpired, kMismatch };

/// Checks the Authorization header of a received request against the one key a server knows; the date may be 15
/// minutes off. `scope.region` empty: any region is accepted.
SignatureVerdict verify_signature(std::string_view method, std::string_view target, const net::Headers& headers,
                                  std::string_view body, const Credentials& known, const SigningScope& scope,
                                  SystemTime now);

}  // namespace wsdeep::aws
