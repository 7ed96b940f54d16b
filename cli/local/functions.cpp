#include "local/functions.h"

#include <filesystem>
#include <iterator>

#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::minutes kGenerateTimeout{15};

/// A function: how many invocations a process of it takes at once, and how many processes it has.
struct FunctionRow {
  const char* name;
  int concurrency;
  int processes;
  std::chrono::milliseconds timeout{29'000};
  const char* refusal = "";  ///< FunctionSpec::refusal
  bool asks_model = false;
};

constexpr FunctionRow kFunctionRows[] = {
    {"wsdeep-authorizer", 8, 2, std::chrono::milliseconds(29'000), "Unauthorized"},
    {"wsdeep-connect", 16, 2},
    {"wsdeep-disconnect", 16, 2},
    {"wsdeep-default", 16, 2},
    {"wsdeep-message", 32, 2},
    // One invocation lasts as long as its answer.
    {"wsdeep-generate", 128, 8, kGenerateTimeout, "", true},
    {"wsdeep-rest-chat", 128, 8, kGenerateTimeout, "", true},
};

/// One invocation lasts as long as the backend takes for its answer.
constexpr FunctionRow kBackendFunctions[] = {{"wsdeep-backend", 64, 4}, {"wsdeep-push", 32, 2}};

std::vector<std::string> backend_routes(const BackendOptions& backend) {
  if (backend.url.empty()) return {};
  return backend.routes.empty() ? std::vector<std::string>{"$default"} : backend.routes;
}

void add_backend(const BackendOptions& backend, const FunctionWorld& world, Environment& environment) {
  if (backend.url.empty()) return;
  environment["BACKEND_URL"] = backend.url;
  environment["BACKEND_TABLE"] = kBackendTable;
  environment["BACKEND_FUNCTION"] = "wsdeep-backend";
  environment["BACKEND_TIMEOUT_MS"] = std::to_string(backend.timeout.count());
  environment["BACKEND_CONTINUE"] = backend.continue_when_down ? "true" : "false";
  if (backend.secret_file.empty()) return;
  environment["BACKEND_SECRET_FILE"] = backend.secret_file;
  environment["PUSH_URL"] = world.endpoint;
  environment["CALLBACK_URL"] = world.endpoint + "/" + kStage;
}

/// Whom the functions that answer ask, when it is not a node.
Environment bedrock_environment(const BedrockOptions& bedrock) {
  Environment environment{{"BEDROCK_REGION", bedrock.region}};
  if (bedrock.agent_id.empty()) {
    environment.merge(Environment{{"LLM_ENGINE", "bedrock"}, {"BEDROCK_MODEL", bedrock.model}});
  } else {
    environment.merge(Environment{
        {"LLM_ENGINE", "bedrock-agent"}, {"AGENT_ID", bedrock.agent_id}, {"AGENT_ALIAS_ID", bedrock.agent_alias_id}});
  }
  for (const auto& [name, value] : bedrock.caller) environment["CALLER_" + name] = value;
  // The way out is the process's.
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"})
    if (const auto found = bedrock.caller.find(name); found != bedrock.caller.end()) environment[name] = found->second;
  return environment;
}

constexpr FunctionRow kAuthRow{"wsdeep-auth", 8, 2};

/// Signing in with a browser takes a pool with a page for it.
bool has_sign_in(const SystemOptions& options) {
  return options.cognito_issuer.empty();
}

/// A sign-in may lead to our own page, to the pages that may call us, and where the pool's page may lead.
std::string pages_of_sign_in(const SystemOptions& options, const FunctionWorld& world) {
  std::vector<std::string> pages;
  for (const std::vector<std::string>& origins : {world.own_urls, options.allowed_origins})
    for (const std::string& origin : origins) pages.push_back(origin + "/");
  pages.insert(pages.end(), options.callback_urls.begin(), options.callback_urls.end());
  return join(pages, ",");
}

void add_sign_in(const SystemOptions& options, const FunctionWorld& world, Environment& environment) {
  if (!has_sign_in(options)) return;
  const std::string pages = pages_of_sign_in(options, world);
  environment.merge(Environment{{"AUTH_URLS", join(world.own_urls, ",")},
                                {"AUTH_CLIENT_ID", world.client_id},
                                {"HOSTED_UI_URL", world.own_urls.front()},
                                {"HOSTED_UI_INNER_URL", world.endpoint},
                                {"REDIRECT_URLS", pages},
                                {"LOGOUT_URLS", pages}});
}

/// Where what is emulated here has something real in its place.
void add_replacements(const SystemOptions& options, Environment& environment) {
  if (!options.hs256_secret_file.empty()) environment["HS256_SECRET_FILE"] = options.hs256_secret_file;
  if (!options.hs256_issuer.empty()) environment["HS256_ISSUER"] = options.hs256_issuer;
  if (options.hs256_pool_users) environment["HS256_POOL_USERS"] = "true";
  if (!options.llm_ca_file.empty()) environment["LLM_CA_FILE"] = options.llm_ca_file;
  if (!options.dynamodb_endpoint.empty()) environment["AWS_ENDPOINT_URL_DYNAMODB"] = options.dynamodb_endpoint;
  if (!options.cognito_issuer.empty())
    environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] =
        options.cognito_issuer.substr(0, options.cognito_issuer.rfind('/'));
}

}  // namespace

std::map<std::string, std::string, std::less<>> websocket_routes(const SystemOptions& options) {
  std::map<std::string, std::string, std::less<>> routes = {
      {"$connect", "wsdeep-connect"}, {"$disconnect", "wsdeep-disconnect"},
      {"$default", "wsdeep-default"}, {"message", "wsdeep-message"},
      {"history", "wsdeep-message"},  {"new_conversation", "wsdeep-message"},
      {"cancel", "wsdeep-message"},   {"ping", "wsdeep-message"}};
  if (options.rooms)
    for (const char* action : {"join", "leave", "who"}) routes[action] = "wsdeep-message";
  for (const std::string& route : backend_routes(options.backend)) routes[route] = "wsdeep-backend";
  return routes;
}

std::vector<std::string> route_responses(const SystemOptions& options) {
  std::vector<std::string> routes = options.route_responses;
  for (const std::string& route : backend_routes(options.backend)) routes.push_back(route);
  return routes;
}

std::vector<HttpRoute> http_routes(const SystemOptions& options) {
  std::vector<HttpRoute> routes = {{"POST /chat", "wsdeep-rest-chat", true},
                                   {"GET /chats", "wsdeep-rest-chat"},
                                   {"GET /chats/{id}", "wsdeep-rest-chat"},
                                   {"DELETE /chats/{id}", "wsdeep-rest-chat"},
                                   {"GET /messages", "wsdeep-rest-chat"}};
  if (!options.backend.secret_file.empty()) routes.push_back({"POST /push/{connectionId}", "wsdeep-push"});
  if (has_sign_in(options)) routes.push_back({"ANY /auth/{proxy+}", kAuthRow.name});
  return routes;
}

Environment inherited_environment(const Env& env) {
  Environment environment;
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH", "TZ"})
    if (const auto value = env.get(name)) environment[name] = *value;
  return environment;
}

Environment handler_environment(const SystemOptions& options, const FunctionWorld& world, Environment inherited) {
  const bool own_pool = options.cognito_issuer.empty();
  std::vector<std::string> origins = options.allowed_origins;
  origins.insert(origins.end(), world.own_urls.begin(), world.own_urls.end());
  Environment environment = std::move(inherited);
  environment.merge(Environment{{"AWS_REGION", options.region},
                                {"AWS_ACCESS_KEY_ID", world.access_key_id},
                                {"AWS_SECRET_ACCESS_KEY", world.secret_access_key},
                                {"AWS_ENDPOINT_URL", world.endpoint},
                                {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", world.endpoint + "/" + kStage},
                                {"CONNECTIONS_TABLE", kConnectionsTable},
                                {"CHATS_TABLE", kChatsTable},
                                {"REST_CHATS_TABLE", options.rest_chats_table},
                                {"ALLOWED_ORIGINS", join(origins, ",")},
                                {"TOKEN_IN_QUERY", options.token_in_query ? "true" : "false"},
                                {"COGNITO_ISSUER", own_pool ? world.issuer : options.cognito_issuer},
                                {"COGNITO_CLIENT_IDS", own_pool ? world.client_id : options.cognito_client_id},
                                {"GENERATE_FUNCTION", "wsdeep-generate"},
                                {"ROOMS_TABLE", options.rooms ? kRoomsTable : ""},
                                {"LLM_URL", world.llm_url},
                                {"LLM_TIMEOUT_MS", std::to_string(options.llm_timeout.count())},
                                {"LLM_START_SECONDS", std::to_string(options.llm_start.count() / 1000)},
                                {"COALESCE_MS", std::to_string(options.coalesce.count())}});
  add_sign_in(options, world, environment);
  add_replacements(options, environment);
  add_backend(options.backend, world, environment);
  return environment;
}

void add_functions(LambdaService& lambda, const SystemOptions& options, const Environment& environment) {
  const auto folder = std::filesystem::path(options.program).parent_path();
  std::vector<FunctionRow> rows(std::begin(kFunctionRows), std::end(kFunctionRows));
  if (!options.backend.url.empty()) rows.push_back(kBackendFunctions[0]);
  if (!options.backend.secret_file.empty()) rows.push_back(kBackendFunctions[1]);
  if (has_sign_in(options)) rows.push_back(kAuthRow);
  for (const FunctionRow& row : rows) {
    FunctionSpec spec;
    spec.name = row.name;
    spec.program = (folder / row.name).string();
    spec.environment = environment;
    if (options.bedrock && row.asks_model) spec.environment.merge(bedrock_environment(*options.bedrock));
    spec.concurrency = row.concurrency;
    spec.max_processes = row.processes;
    spec.timeout = row.timeout;
    spec.retry_wait = options.retry_wait;
    spec.refusal = row.refusal;
    lambda.add(std::move(spec));
  }
}

}  // namespace wsdeep::local
