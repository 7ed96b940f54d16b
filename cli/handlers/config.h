#pragma once

#include <string>
#include <vector>

#include "aws/client.h"
#include "base/env.h"
#include "chat/chat.h"

namespace wsdeep::handlers {

/// What the template tells a function through its environment. Each function reads only what it needs; a missing
/// variable is an Error{kUsage} that names it.
std::string region(const Env& env);
/// The credentials that Lambda puts into the environment; they live as long as the process.
aws::Credentials credentials(const Env& env);
/// Options for a client of one service: endpoint by AWS's rules, time-outs that leave room for a retry.
aws::ClientOptions client_options(const Env& env, std::string_view service_id, std::string_view endpoint_prefix);
/// Comma-separated, blanks around the parts dropped, empty parts dropped.
std::vector<std::string> list(const Env& env, std::string_view name);
/// LLM_TIMEOUT_MS, SYSTEM_PROMPT, ROOMS_TABLE, COALESCE_MS, CONNECTION_TTL_SECONDS, CHAT_RETENTION_SECONDS …; out
/// of range is an error.
chat::Limits limits(const Env& env);

/// Where @connections of a stage lives: AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI (with the stage in it) when set, else
/// the API's own domain, which serves it also when clients come through a custom domain.
std::string callback_url(const Env& env, std::string_view api_id, std::string_view stage);

}  // namespace wsdeep::handlers
