#pragma once

#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

/// AWS Cloud Map: who is registered under a name. A service that holds an instance cannot be deleted (ResourceInUse).
/// https://docs.aws.amazon.com/cloud-map/latest/api/Welcome.html
class ServiceDiscovery {
 public:
  ServiceDiscovery(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// The ids of those that are registered; throws ServiceError, ServiceNotFound when there is no such service.
  std::vector<std::string> instances(const std::string& service);
  /// Begins to take an instance away: it is listed until that has been done, within seconds. False: there is none (any
  /// more), or it goes already.
  bool deregister(const std::string& service, const std::string& instance);

 private:
  Client client_;
};

/// Whether the answer is that there is no such service.
bool is_missing_service(const ServiceError& error);

}  // namespace wsdeep::aws
