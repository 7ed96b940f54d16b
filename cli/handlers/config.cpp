#include "handlers/config.h"

#include <fmt/format.h>

#include "aws/client.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::handlers {
namespace {

std::int64_t number(const Env& env, std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const auto text = env.get(name);
  if (!text) return fallback;
  if (const auto value = parse_integer(*text, low, high)) return *value;
  throw Error(ErrorKind::kUsage,
              fmt::format("environment variable {} must be a number from {} to {}", name, low, high));
}

}  // namespace

std::string region(const Env& env) {
  const auto value = env.get("AWS_REGION");
  return value ? *value : env.require("AWS_DEFAULT_REGION");
}

aws::Credentials credentials(const Env& env) {
  return {env.require("AWS_ACCESS_KEY_ID"), env.require("AWS_SECRET_ACCESS_KEY"), env.get_or("AWS_SESSION_TOKEN", ""),
          std::nullopt};
}

aws::ClientOptions client_options(const Env& env, std::string_view service_id, std::string_view endpoint_prefix) {
  aws::ClientOptions options;
  options.region = region(env);
  options.endpoint = aws::resolve_endpoint(env, service_id, endpoint_prefix, options.region);
  options.connect_timeout = std::chrono::milliseconds(1000);
  options.timeout = std::chrono::milliseconds(3000);
  options.budget = std::make_shared<aws::RetryBudget>();
  return options;
}

std::vector<std::string> list(const Env& env, std::string_view name) {
  std::vector<std::string> parts;
  const std::string value = env.get_or(name, "");
  for (const std::string_view part : split(value, ','))
    if (!trim(part).empty()) parts.emplace_back(trim(part));
  return parts;
}

chat::Limits limits(const Env& env) {
  using std::chrono::milliseconds;
  chat::Limits limits;
  const milliseconds timeout(number(env, "LLM_TIMEOUT_MS", limits.first_text_timeout.count(), 100, 900'000));
  limits.first_text_timeout = timeout;
  limits.stall_timeout = std::min(limits.stall_timeout, timeout);
  limits.node_start = std::chrono::seconds(number(env, "LLM_START_SECONDS", 0, 0, 24 * 3600));
  limits.coalesce_window = milliseconds(number(env, "COALESCE_MS", limits.coalesce_window.count(), 0, 1000));
  limits.connection_ttl = std::chrono::seconds(
      number(env, "CONNECTION_TTL_SECONDS", limits.connection_ttl.count(), 60, 10L * 365 * 24 * 3600));
  limits.chat_retention = std::chrono::seconds(
      number(env, "CHAT_RETENTION_SECONDS", limits.chat_retention.count(), 60, 10L * 365 * 24 * 3600));
  limits.allow_rooms = !env.get_or("ROOMS_TABLE", "").empty();
  limits.system_prompt = env.get_or("SYSTEM_PROMPT", "");
  return limits;
}

std::string callback_url(const Env& env, std::string_view api_id, std::string_view stage) {
  if (auto url = env.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")) return *url;
  return fmt::format("https://{}.execute-api.{}.{}/{}", api_id, region(env), aws::dns_suffix(region(env)), stage);
}

}  // namespace wsdeep::handlers
