#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "net/http_streams.h"

namespace wsdeep::aws {

/// What happened to a message for one connection.
enum class PostOutcome { kSent, kGone, kTooLarge };

/// Of one of many.
struct PostResult {
  PostOutcome outcome = PostOutcome::kSent;
  std::string failure;  ///< nobody knows what became of it, and why; empty: `outcome` says it
  bool throttled = false;
};

/// A message, and its hash as a signature has it.
struct PostedText {
  std::string_view text;
  std::string hash;
};

/// API Gateway says 410 for a connection that was, and 400 for an id that no connection ever had.
bool says_gone(const ServiceError& error);

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
  /// One message to each of `connection_ids`, many at a time; the results in their order. Throttled ones are tried
  /// again, twice at most; others are not, since nobody knows whether they arrived.
  std::vector<PostResult> post_all(std::string_view callback_url, const std::vector<std::string>& connection_ids,
                                   std::string_view message, const CallContext& context = {});
  /// The same with a message for each, in the same order.
  std::vector<PostResult> post_each(std::string_view callback_url, const std::vector<std::string>& connection_ids,
                                    const std::vector<std::string_view>& messages, const CallContext& context = {});
  /// Closes the connection; false when it was gone.
  bool disconnect(std::string_view callback_url, std::string_view connection_id, const CallContext& context = {});

 private:
  std::vector<PostResult> post(std::string_view callback_url, const std::vector<std::string>& connection_ids,
                               std::vector<PostedText> texts, const CallContext& context);

  net::HttpClient& http_;
  ClientOptions options_;
  CredentialSource& credentials_;
  const Clock& clock_;
  std::unique_ptr<net::HttpStreams> streams_;  ///< for many; made when they are needed
};

}  // namespace wsdeep::aws
