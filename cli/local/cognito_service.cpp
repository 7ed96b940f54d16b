#include "local/cognito_service.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

#include "base/log.h"
#include "base/random.h"
#include "local/api_fault.h"
#include "local/cognito_operations.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using Quick = std::string (*)(CognitoContext&, const JsonRequest&);
using Slow = void (*)(CognitoContext&, const JsonRequest&, CognitoAnswer);
using Operation = std::variant<Quick, Slow>;
using Reply = std::function<void(net::HttpResponse)>;

const std::map<std::string, Operation, std::less<>>& operations() {
  static const std::map<std::string, Operation, std::less<>> kOperations = {
      {"AdminAddUserToGroup", Quick(admin_add_user_to_group)},
      {"AdminCreateUser", Slow(admin_create_user)},
      {"AdminDeleteUser", Quick(admin_delete_user)},
      {"AdminDisableUser", Quick(admin_disable_user)},
      {"AdminEnableUser", Quick(admin_enable_user)},
      {"AdminGetUser", Quick(admin_get_user)},
      {"AdminInitiateAuth", Slow(admin_initiate_auth)},
      {"AdminListGroupsForUser", Quick(admin_list_groups_for_user)},
      {"AdminRemoveUserFromGroup", Quick(admin_remove_user_from_group)},
      {"AdminRespondToAuthChallenge", Slow(admin_respond_to_auth_challenge)},
      {"AdminSetUserPassword", Slow(admin_set_user_password)},
      {"AdminUpdateUserAttributes", Quick(admin_update_user_attributes)},
      {"AdminUserGlobalSignOut", Quick(admin_user_global_sign_out)},
      {"ChangePassword", Slow(change_password)},
      {"CreateGroup", Quick(create_group)},
      {"DeleteGroup", Quick(delete_group)},
      {"DescribeUserPool", Quick(describe_user_pool)},
      {"DescribeUserPoolClient", Quick(describe_user_pool_client)},
      {"GetGroup", Quick(get_group)},
      {"GetUser", Quick(get_user)},
      {"GlobalSignOut", Quick(global_sign_out)},
      {"InitiateAuth", Slow(initiate_auth)},
      {"ListGroups", Quick(list_groups)},
      {"ListUserPoolClients", Quick(list_user_pool_clients)},
      {"ListUserPools", Quick(list_user_pools)},
      {"ListUsers", Quick(list_users)},
      {"ListUsersInGroup", Quick(list_users_in_group)},
      {"RespondToAuthChallenge", Slow(respond_to_auth_challenge)},
      {"RevokeToken", Quick(revoke_token)},
  };
  return kOperations;
}

net::HttpResponse respond(int status, std::string body, net::Headers more = {}) {
  net::HttpResponse response{status, std::move(more), std::move(body)};
  response.headers.emplace_back("Content-Type", "application/x-amz-json-1.1");
  response.headers.emplace_back("x-amzn-RequestId", random_uuid());
  return response;
}

net::HttpResponse refuse(int status, const std::string& type, std::string_view message) {
  return respond(status, wire::JsonObject().add("__type", type).add("message", message).text(),
                 {{"x-amzn-ErrorType", type + ":"}});
}

net::HttpResponse response_to(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const ApiFault& refusal) {
    return refuse(400, refusal.type(), refusal.what());
  } catch (const std::exception& error) {
    log_error("cannot answer a Cognito request", {{"cause", error.what()}});
    return refuse(500, "InternalErrorException", "Something went wrong");
  }
}

/// What an OpenID Connect client needs to verify the pool's tokens
/// (https://openid.net/specs/openid-connect-discovery-1_0.html).
std::string discovery_document(const std::string& issuer) {
  return wire::JsonObject()
      .add("issuer", issuer)
      .add("jwks_uri", issuer + "/.well-known/jwks.json")
      .add_json("id_token_signing_alg_values_supported", R"(["RS256"])")
      .add_json("response_types_supported", R"(["code","token"])")
      .add_json("scopes_supported", R"(["openid","email","phone","profile"])")
      .add_json("subject_types_supported", R"(["public"])")
      .text();
}

}  // namespace

CognitoContext::CognitoContext(net::EventLoop& loop_in, Database& database, const Clock& clock_in,
                               const CognitoOptions& options)
    : loop(loop_in),
      clock(clock_in),
      pool(std::make_shared<const UserPool>(open_pool(database, clock_in, options.region))),
      issuer(options.issuer_base + "/" + pool->id),
      jwks(pool->jwks()),
      keys(auth::KeySet::parse(jwks)),
      users(database),
      groups(database),
      sessions(database),
      challenges(clock_in) {}

struct CognitoService::State {
  State(net::EventLoop& loop, Database& database, const Clock& clock, const CognitoOptions& options)
      : context(std::make_shared<CognitoContext>(loop, database, clock, options)),
        discovery(discovery_document(context->issuer)) {}

  void run(const net::HttpRequest& request, const CognitoAnswer& answer) {
    const auto operation = operations().find(operation_of(request, "AWSCognitoIdentityProviderService"));
    if (operation == operations().end()) throw ApiFault("UnknownOperationException", "");
    const Json body = parse_body(request.body);
    const JsonRequest fields(body, "InvalidParameterException");
    if (const Quick* quick = std::get_if<Quick>(&operation->second))
      answer.done((*quick)(*context, fields));
    else
      std::get<Slow>(operation->second)(*context, fields, answer);
  }

  std::shared_ptr<CognitoContext> context;
  std::string discovery;
};

CognitoService::CognitoService(net::EventLoop& loop, Database& database, const Clock& clock, CognitoOptions options)
    : state_(std::make_unique<State>(loop, database, clock, options)) {}

CognitoService::~CognitoService() = default;

bool CognitoService::needs_signature(std::string_view operation) {
  constexpr std::array<std::string_view, 6> kOpen = {
      "InitiateAuth", "RespondToAuthChallenge", "GetUser", "GlobalSignOut", "RevokeToken", "ChangePassword"};
  return std::find(kOpen.begin(), kOpen.end(), operation) == kOpen.end();
}

void CognitoService::handle(const std::shared_ptr<net::HttpExchange>& exchange) {
  answer(exchange->request(), [exchange](net::HttpResponse response) { exchange->respond(std::move(response)); });
}

void CognitoService::answer(const net::HttpRequest& request, std::function<void(net::HttpResponse)> reply) {
  const CognitoAnswer outcome{[reply](const std::string& json) { reply(respond(200, json)); },
                              [reply](const std::exception_ptr& fault) { reply(response_to(fault)); }};
  guard(outcome, [&] { state_->run(request, outcome); });
}

const std::string& CognitoService::user_pool_id() const {
  return state_->context->pool->id;
}
const std::string& CognitoService::client_id() const {
  return state_->context->pool->app.id;
}
const std::string& CognitoService::issuer() const {
  return state_->context->issuer;
}
const std::string& CognitoService::jwks() const {
  return state_->context->jwks;
}
const std::string& CognitoService::openid_configuration() const {
  return state_->discovery;
}

}  // namespace wsdeep::local
