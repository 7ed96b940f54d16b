#include "stack/template/http_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/template/backend_shape.h"
#include "stack/template/secret_resource.h"

namespace wsdeep::stack {
namespace {

struct HttpRouteRow {
  const char* suffix;  ///< of the route's logical id
  const char* key;
  const char* function;  ///< `RestChat` of RestChatFunction
  bool (*wanted)(const EnvironmentSettings& settings);
};

bool wants_rest_chat(const EnvironmentSettings& settings) {
  return settings.rest_chat.has_value();
}

/// Every route of the HTTP API to a function; the local system has them in local/functions.cpp.
constexpr HttpRouteRow kHttpRoutes[] = {
    {"Chat", "POST /chat", "RestChat", wants_rest_chat},
    {"Chats", "GET /chats", "RestChat", wants_rest_chat},
    {"ShowChat", "GET /chats/{id}", "RestChat", wants_rest_chat},
    {"DeleteChat", "DELETE /chats/{id}", "RestChat", wants_rest_chat},
    {"Messages", "GET /messages", "RestChat",
     [](const EnvironmentSettings& settings) { return settings.rest_chat.has_value() && settings.rooms; }},
    {"Push", "POST /push/{connectionId}", "Push", takes_pushes},
    {"Auth", "ANY /auth/{proxy+}", "Auth",
     [](const EnvironmentSettings& settings) { return settings.auth.exchange.has_value(); }},
};

std::optional<std::string> if_set(bool condition, std::string value) {
  return condition ? std::optional(std::move(value)) : std::nullopt;
}

void shape_rest_chat(const EnvironmentSettings& s, Shape& shape) {
  const RestChatSettings rest = s.rest_chat.value_or(RestChatSettings());
  const bool existing = !rest.table.empty(), shared = !rest.hs256_secret.empty();
  const std::string arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RestChatsTableName}";
  shape.flags["rest_chat.existing_table"] = existing;
  shape.flags["rest_chat.own_table"] = !existing;
  shape.flags["rest_chat.hs256"] = shared;
  shape.slots["rest_chat.table"] = existing ? "!Ref RestChatsTableName" : "!Ref RestChatsTable";
  shape.slots["rest_chat.table_arn"] = existing ? fmt::format("!Sub \"{}\"", arn) : "!GetAtt RestChatsTable.Arn";
  shape.slots["rest_chat.index_arn"] =
      existing ? fmt::format("!Sub \"{}/index/UserIdIndex\"", arn) : "!Sub \"${RestChatsTable.Arn}/index/UserIdIndex\"";
  shape.flags["rest_chat.hs256_issuer"] = shared && !rest.hs256_issuer.empty();
  shape.slots["rest_chat.concurrency"] = if_set(rest.concurrency > 0, std::to_string(rest.concurrency));
  shape.slots["rest_chat.secret"] = if_set(shared, "!Ref Hs256Secret");
  shape.slots["rest_chat.secret_arn"] = if_set(shared, secret_resource("Hs256Secret", rest.hs256_secret));
  shape.slots["rest_chat.issuer"] = if_set(shared && !rest.hs256_issuer.empty(), "!Ref Hs256Issuer");
  shape.slots["rest_chat.pool_users"] = if_set(shared && rest.hs256_pool_users, "\"true\"");
  shape.slots["rest_chat.connections_table"] = if_set(s.rooms, "!Ref ConnectionsTable");
  shape.slots["rest_chat.chats_table"] = if_set(s.rooms, "!Ref ChatsTable");
}

}  // namespace

bool has_http_api(const EnvironmentSettings& settings) {
  // A lab's own routes lead past the functions.
  return settings.lab || std::any_of(std::begin(kHttpRoutes), std::end(kHttpRoutes),
                                     [&](const HttpRouteRow& row) { return row.wanted(settings); });
}

void shape_http(const EnvironmentSettings& settings, Shape& shape) {
  const bool canary = settings.functions.canary.has_value();
  auto& functions = shape.lists["http.functions"];
  auto& routes = shape.lists["http.routes"];
  for (const HttpRouteRow& row : kHttpRoutes) {
    if (!row.wanted(settings)) continue;
    const std::string function = row.function;
    const bool known = std::any_of(functions.begin(), functions.end(),
                                   [&](const auto& item) { return item.at("suffix") == function; });
    if (!known)
      functions.push_back(
          {{"suffix", function},
           {"item.function", fmt::format("!Ref {}Function{}", function, canary ? ".Alias" : "")},
           {"item.uri",
            fmt::format("!Sub \"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/"
                        "${{{}Function.{}}}/invocations\"",
                        function, canary ? "Alias" : "Arn")}});
    routes.push_back({{"suffix", row.suffix},
                      {"item.key", row.key},
                      {"item.target", fmt::format("!Sub \"integrations/${{HttpIntegration{}}}\"", function)}});
  }
  shape_rest_chat(settings, shape);
}

}  // namespace wsdeep::stack
