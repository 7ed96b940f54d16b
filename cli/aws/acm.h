#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"

namespace wsdeep::aws {

struct Certificate {
  std::string status;  ///< ISSUED, PENDING_VALIDATION, EXPIRED, …
  std::vector<std::string>
      names;  ///< that it covers, its first name among them; `*.` in front of one stands for one label
  std::optional<SystemTime> not_after;  ///< nothing before it is issued
  std::string failure_reason;           ///< of status FAILED
  bool renews_itself = false;
};

/// AWS Certificate Manager. https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
class Acm {
 public:
  Acm(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Throws ServiceError, kNotFound for a certificate that this account does not have in this region.
  Certificate describe_certificate(const std::string& arn);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
