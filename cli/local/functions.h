#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/env.h"
#include "local/gateway/http_api.h"
#include "local/lambda/service.h"
#include "local/system.h"

/// What the local system runs, and on which routes: the one place where a handler is added to it.
namespace wsdeep::local {

inline constexpr const char* kStage = "prod";
inline constexpr const char* kConnectionsTable = "wsdeep-connections";
inline constexpr const char* kChatsTable = "wsdeep-chats";
inline constexpr const char* kRoomsTable = "wsdeep-rooms";
inline constexpr const char* kBackendTable = "WebSocketConnections";  ///< as backends have it that came before

using Environment = std::map<std::string, std::string, std::less<>>;

/// What the running system tells its functions, beside its options.
struct FunctionWorld {
  std::string endpoint;  ///< where they find it: plain, on the loopback interface
  std::string access_key_id;
  std::string secret_access_key;
  std::string issuer;     ///< of its own user pool
  std::string client_id;  ///< of its own user pool
  std::vector<std::string>
      own_urls;  ///< where browsers find it, which its own page is served at: scheme, host and port; one or more
  std::string llm_url;
};

/// Route key of the WebSocket API → function.
std::map<std::string, std::string, std::less<>> websocket_routes(const SystemOptions& options);

/// The routes whose function's body goes back to the client.
std::vector<std::string> route_responses(const SystemOptions& options);

/// What is served over HTTP, beside what the real services have there. A path that both want goes to the service.
std::vector<HttpRoute> http_routes(const SystemOptions& options);

/// What a child needs of our own environment: sanitizers and a library path, if any.
Environment inherited_environment(const Env& env);
/// The environment of every function.
Environment handler_environment(const SystemOptions& options, const FunctionWorld& world, Environment inherited);

/// Throws Error{kFailure} when a handler's program is not there.
void add_functions(LambdaService& lambda, const SystemOptions& options, const Environment& environment);

}  // namespace wsdeep::local
