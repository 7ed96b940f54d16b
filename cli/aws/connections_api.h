#pragma once

#include <string>
#include <string_view>

#include "aws/client.h"

namespace wsdeep::aws {

/// What happened to a message for one connection.
enum class PostOutcome { kSent, kGone, kTooLarge };

/// The API Gateway Management API of one deployed stage (contract §3), SigV4 service `execute-api`.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
class ConnectionsApi {
 public:
  /// `callback_url` is `https://DOMAIN/STAGE`; `options.endpoint` is not used.
  ConnectionsApi(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Retries throttling; with `retry_safe` also what may have arrived: a duplicate is better than a loss only for a
  /// message that its reader knows again.
  PostOutcome post(std::string_view callback_url, std::string_view connection_id, std::string_view message,
                   bool retry_safe, const CallContext& context = {});
  /// Closes the connection; false when it was gone.
  bool disconnect(std::string_view callback_url, std::string_view connection_id, const CallContext& context = {});

 private:
  net::HttpClient& http_;
  ClientOptions options_;
  CredentialSource& credentials_;
  const Clock& clock_;
};

}  // namespace wsdeep::aws
