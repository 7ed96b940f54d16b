#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "local/cognito/service.h"
#include "local/dynamodb/service.h"
#include "local/gateway/gateway.h"
#include "local/gateway/http_api.h"
#include "local/lambda/service.h"
#include "local/web_files.h"
#include "net/http_exchange.h"

namespace wsdeep::local {

/// The signing name of requests to the local system itself; what `POST`ed there makes the user pool's keys new; and
/// what tells how it is.
inline constexpr const char* kLocalService = "wsdeep-local";
inline constexpr const char* kRotateKeysPath = "/_local/rotate-keys";
inline constexpr const char* kStatusPath = "/_local/status";

/// The one door of the local system: looks at a request's path and X-Amz-Target, checks its signature where the real
/// service does, and hands it to the service that it is for.
class Front {
 public:
  struct Services {
    Gateway& gateway;
    LambdaService& lambda;
    DynamoDbService& dynamodb;
    CognitoService& cognito;
    HttpApi& http;
    const WebFiles& web;
  };
  /// `status` makes the text that `GET /_local/status` answers, to this machine only: with causes of failures for who
  /// has signed by the system's key (`by_owner`), since a proxy before it would be of this machine, too.
  Front(Services services, aws::Credentials key, const Clock& clock, std::function<std::string(bool by_owner)> status);

  void handle(const std::shared_ptr<net::HttpExchange>& exchange);

 private:
  aws::SignatureVerdict signature_of(const net::HttpRequest& request, const std::string& service) const;
  bool is_signed(net::HttpExchange& exchange, const std::string& service);
  void handle_target(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& target);
  void handle_get(net::HttpExchange& exchange, std::string_view path);
  void rotate_keys(const std::shared_ptr<net::HttpExchange>& exchange);

  Services services_;
  aws::Credentials key_;
  const Clock& clock_;
  std::function<std::string(bool by_owner)> status_;
};

}  // namespace wsdeep::local
