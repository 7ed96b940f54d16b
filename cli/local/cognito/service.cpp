#include "local/cognito/service.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

#include "base/log.h"
#include "base/random.h"
#include "local/api/fault.h"
#include "local/cognito/cors.h"
#include "local/cognito/operations.h"
#include "local/cognito/rate.h"
#include "local/cognito/web.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

/// The keys of a pool are shown in one document of bounded size.
constexpr std::size_t kMaxRetiredKeys = 40;

using Quick = std::string (*)(CognitoContext&, const JsonRequest&);
using Slow = void (*)(CognitoContext&, const JsonRequest&, const CognitoAnswer&);
using Operation = std::variant<Quick, Slow>;

const std::map<std::string, Operation, std::less<>>& operations() {
  static const std::map<std::string, Operation, std::less<>> kOperations = {
      {"AddCustomAttributes", Quick(add_custom_attributes)},
      {"AdminAddUserToGroup", Quick(admin_add_user_to_group)},
      {"AdminConfirmSignUp", Quick(admin_confirm_sign_up)},
      {"AdminCreateUser", Slow(admin_create_user)},
      {"AdminDeleteUser", Quick(admin_delete_user)},
      {"AdminDeleteUserAttributes", Quick(admin_delete_user_attributes)},
      {"AdminDisableUser", Quick(admin_disable_user)},
      {"AdminEnableUser", Quick(admin_enable_user)},
      {"AdminGetUser", Quick(admin_get_user)},
      {"AdminInitiateAuth", Slow(admin_initiate_auth)},
      {"AdminListGroupsForUser", Quick(admin_list_groups_for_user)},
      {"AdminRemoveUserFromGroup", Quick(admin_remove_user_from_group)},
      {"AdminResetUserPassword", Quick(admin_reset_user_password)},
      {"AdminRespondToAuthChallenge", Slow(admin_respond_to_auth_challenge)},
      {"AdminSetUserMFAPreference", Quick(admin_set_user_mfa_preference)},
      {"AdminSetUserPassword", Slow(admin_set_user_password)},
      {"AdminUpdateUserAttributes", Quick(admin_update_user_attributes)},
      {"AdminUserGlobalSignOut", Quick(admin_user_global_sign_out)},
      {"AssociateSoftwareToken", Quick(associate_software_token)},
      {"ChangePassword", Slow(change_password)},
      {"ConfirmForgotPassword", Slow(confirm_forgot_password)},
      {"ConfirmSignUp", Quick(confirm_sign_up)},
      {"CreateGroup", Quick(create_group)},
      {"DeleteGroup", Quick(delete_group)},
      {"DeleteUser", Quick(delete_user)},
      {"DeleteUserAttributes", Quick(delete_user_attributes)},
      {"DescribeResourceServer", Quick(describe_resource_server)},
      {"DescribeUserPool", Quick(describe_user_pool)},
      {"DescribeUserPoolClient", Quick(describe_user_pool_client)},
      {"ForgotPassword", Quick(forgot_password)},
      {"GetGroup", Quick(get_group)},
      {"GetTokensFromRefreshToken", Slow(get_tokens_from_refresh_token)},
      {"GetUser", Quick(get_user)},
      {"GetUserAttributeVerificationCode", Quick(get_user_attribute_verification_code)},
      {"GetUserPoolMfaConfig", Quick(get_user_pool_mfa_config)},
      {"GlobalSignOut", Quick(global_sign_out)},
      {"InitiateAuth", Slow(initiate_auth)},
      {"ListGroups", Quick(list_groups)},
      {"ListResourceServers", Quick(list_resource_servers)},
      {"ListUserPoolClients", Quick(list_user_pool_clients)},
      {"ListUserPools", Quick(list_user_pools)},
      {"ListUsers", Quick(list_users)},
      {"ListUsersInGroup", Quick(list_users_in_group)},
      {"ResendConfirmationCode", Quick(resend_confirmation_code)},
      {"RespondToAuthChallenge", Slow(respond_to_auth_challenge)},
      {"RevokeToken", Quick(revoke_token)},
      {"SetUserMFAPreference", Quick(set_user_mfa_preference)},
      {"SetUserPoolMfaConfig", Quick(set_user_pool_mfa_config)},
      {"SignUp", Slow(sign_up)},
      {"UpdateUserAttributes", Quick(update_user_attributes)},
      {"VerifySoftwareToken", Quick(verify_software_token)},
      {"VerifyUserAttribute", Quick(verify_user_attribute)},
  };
  return kOperations;
}

std::string challenge_of(const std::string& operation, const JsonRequest& fields) {
  return operation.ends_with("RespondToAuthChallenge") ? fields.text_or("ChallengeName", "") : "";
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

}  // namespace

CognitoContext::CognitoContext(net::EventLoop& loop_in, Database& database_in, const Clock& clock_in,
                               CognitoOptions options_in)
    : loop(loop_in),
      database(database_in),
      clock(clock_in),
      options(std::move(options_in)),
      pool(std::make_shared<const UserPool>(open_pool(database, clock_in, options.region))),
      issuer(options.issuer_base + "/" + pool->id),
      users(database),
      groups(database),
      sessions(database),
      mfa(database),
      mfa_settings(read_mfa_settings(database)),
      custom_attributes(read_custom_attributes(database)),
      challenges(clock_in, kChallengeBounds),
      codes(clock_in),
      locks(clock_in),
      limits(clock_in),
      sent_codes(clock_in) {
  take_pool(*pool);
}

void CognitoContext::take_pool(UserPool next) {
  pool = std::make_shared<const UserPool>(std::move(next));
  jwks = pool->jwks();
  keys = auth::KeySet::parse(jwks);
}

void CognitoContext::drop_retired_keys() {
  const bool due = std::any_of(pool->retired.begin(), pool->retired.end(),
                               [now = now_ms()](const RetiredKey& key) { return key.until_ms <= now; });
  if (due) take_pool(local::drop_retired_keys(database, *pool, now_ms()));
}

struct CognitoService::State {
  State(net::EventLoop& loop, Database& database, const Clock& clock, CognitoOptions options)
      : limiter(clock, options.requests_per_second),
        context(std::make_shared<CognitoContext>(loop, database, clock, std::move(options))) {}

  void run(const net::HttpRequest& request, const CognitoAnswer& answer) {
    const std::string name = operation_of(request, "AWSCognitoIdentityProviderService");
    const auto operation = operations().find(name);
    if (operation == operations().end()) throw ApiFault("UnknownOperationException", "");
    const Json body = parse_body(request.body);
    const JsonRequest fields(body, "InvalidParameterException");
    if (!limiter.admit(quota_of(name, challenge_of(name, fields))))
      throw ApiFault("TooManyRequestsException", "Rate exceeded");
    if (const Quick* quick = std::get_if<Quick>(&operation->second))
      answer.done((*quick)(*context, fields));
    else
      std::get<Slow>(operation->second)(*context, fields, answer);
  }

  RateLimiter limiter;
  std::shared_ptr<CognitoContext> context;
};

CognitoService::CognitoService(net::EventLoop& loop, Database& database, const Clock& clock, CognitoOptions options)
    : state_(std::make_unique<State>(loop, database, clock, std::move(options))) {}

CognitoService::~CognitoService() = default;

void CognitoService::add_callback_url(std::string url) {
  state_->context->options.callback_urls.push_back(std::move(url));
}

bool CognitoService::knows(std::string_view operation) {
  return operations().contains(operation);
}

bool CognitoService::needs_signature(std::string_view operation) {
  constexpr std::array<std::string_view, 20> kOpen = {"AssociateSoftwareToken",
                                                      "ChangePassword",
                                                      "ConfirmForgotPassword",
                                                      "ConfirmSignUp",
                                                      "DeleteUser",
                                                      "DeleteUserAttributes",
                                                      "ForgotPassword",
                                                      "GetTokensFromRefreshToken",
                                                      "GetUser",
                                                      "GetUserAttributeVerificationCode",
                                                      "GlobalSignOut",
                                                      "InitiateAuth",
                                                      "ResendConfirmationCode",
                                                      "RespondToAuthChallenge",
                                                      "RevokeToken",
                                                      "SetUserMFAPreference",
                                                      "SignUp",
                                                      "UpdateUserAttributes",
                                                      "VerifySoftwareToken",
                                                      "VerifyUserAttribute"};
  return std::find(kOpen.begin(), kOpen.end(), operation) == kOpen.end();
}

bool CognitoService::serves(std::string_view path) {
  return is_web_path(path);
}

void CognitoService::handle(const std::shared_ptr<net::HttpExchange>& exchange) {
  answer(exchange->request(), [exchange](net::HttpResponse response) { exchange->respond(std::move(response)); });
}

void CognitoService::answer(const net::HttpRequest& request, std::function<void(net::HttpResponse)> reply) {
  state_->context->drop_retired_keys();
  if (is_preflight(request)) return reply(preflight_response(request));
  if (is_for_pages(request))
    reply = [reply = std::move(reply)](net::HttpResponse response) { reply(open_to_pages(std::move(response))); };
  if (serves(path_of(request))) return answer_web(*state_->context, state_->limiter, request, reply);
  const CognitoAnswer outcome{[reply](const std::string& json) { reply(respond(200, json)); },
                              [reply](const std::exception_ptr& fault) { reply(response_to(fault)); }};
  guard(outcome, [&] { state_->run(request, outcome); });
}

void CognitoService::rotate_keys(const std::function<void(std::string, std::exception_ptr)>& done) {
  // As long as a token signed a moment ago, by work that is under way now, may live.
  constexpr std::int64_t kSlackMs = 60'000;
  const CognitoAnswer answer{[done](const std::string& json) { done(json, nullptr); },
                             [done](const std::exception_ptr& fault) { done("", fault); }};
  in_background(
      *state_->context, answer, [] { return make_keys(); },
      [answer](CognitoContext& context, KeyPair keys) {
        context.drop_retired_keys();
        if (context.pool->retired.size() >= kMaxRetiredKeys)
          throw ApiFault("LimitExceededException", "Too many keys are still needed by tokens that they signed");
        const std::int64_t until_ms = context.now_ms() + kTokenSeconds * 1000 + kSlackMs;
        context.take_pool(local::rotate_keys(context.database, *context.pool, std::move(keys), until_ms));
        answer.done(wire::JsonObject()
                        .add("idKid", context.pool->id_key.kid)
                        .add("accessKid", context.pool->access_key.kid)
                        .add("oldKeysUntil", iso8601(from_epoch_ms(until_ms)))
                        .text());
      });
}

const std::string& CognitoService::user_pool_id() const {
  return state_->context->pool->id;
}
const std::string& CognitoService::client_id() const {
  return state_->context->pool->app.id;
}
const std::string& CognitoService::service_client_id() const {
  return state_->context->pool->service.id;
}
const std::string& CognitoService::service_client_secret() const {
  return state_->context->pool->service.secret;
}
const std::string& CognitoService::issuer() const {
  return state_->context->issuer;
}
const std::string& CognitoService::jwks() {
  state_->context->drop_retired_keys();
  return state_->context->jwks;
}
std::string CognitoService::openid_configuration(const std::string& base) const {
  return discovery_document(state_->context->issuer, state_->context->pool->id, base);
}

}  // namespace wsdeep::local
