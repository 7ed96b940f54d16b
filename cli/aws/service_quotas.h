#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

struct ServiceQuota {
  std::string name;  ///< `Running On-Demand G and VT instances`
  double value = 0;
};

/// https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/
class ServiceQuotas {
 public:
  ServiceQuotas(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// What the account may use now in the region; AWS's default where nobody has ever changed it.
  ServiceQuota quota(const std::string& service, const std::string& code);

 private:
  ServiceQuota get(const char* operation, const std::string& service, const std::string& code);

  Client client_;
};

}  // namespace wsdeep::aws
