// The REQUEST authorizer of $connect: a token becomes an allow policy with the user's identity as its context. A
// missing or refused token is `Unauthorized` (API Gateway answers 401, without the reason); a foreign Origin is a deny
// policy (403). The reason stands in the log.

#include "auth/token_sources.h"
#include "base/error.h"
#include "handlers/config.h"
#include "handlers/invocation_log.h"
#include "handlers/runtime.h"
#include "handlers/token_policy.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

/// The rules and keys that all threads share.
struct Policy {
  Policy(const Env& env, const Clock& clock)
      : tokens(env, clock),
        origins(list(env, "ALLOWED_ORIGINS")),
        token_in_query(env.get_or("TOKEN_IN_QUERY", "false") == "true") {}

  TokenPolicy tokens;
  std::vector<std::string> origins;
  bool token_in_query;
};

class Authorizer final : public Function {
 public:
  Authorizer(Policy& policy, const Clock& clock) : policy_(policy), clock_(clock) {}

  std::string answer(const Call& call) override {
    const wire::AuthorizerEvent event = wire::parse_authorizer_event(call.invocation.payload);
    InvocationLog line("authorize", call, event.context.connection_id, clock_);
    wire::AuthorizerResult result;
    result.resource = event.method_arn;
    const auto origin = wire::field(event.headers, "Origin");
    if (origin && !auth::origin_allowed(*origin, policy_.origins)) {
      line.add("outcome", "origin");
      result.principal_id = "unknown";
      return wire::encode(result);
    }
    const auth::TokenVerdict verdict = verify(event, line);
    line.add("outcome", "allowed");
    line.add("userId", verdict.claims.subject);
    return wire::encode(allow(std::move(result), verdict.claims));
  }

 private:
  auth::TokenVerdict verify(const wire::AuthorizerEvent& event, InvocationLog& line) {
    const auto token = auth::find_token(event.headers, event.query, policy_.token_in_query);
    if (!token) {
      line.add("outcome", "no_token");
      throw FunctionFailure("Unauthorized", "Function.Unauthorized");
    }
    auth::TokenVerdict verdict = policy_.tokens.verify(*token);
    if (verdict) return verdict;
    line.add("outcome", auth::name_of(verdict.fault));
    // Not the client's fault: a 500 says so, a 401 would make it throw its token away.
    if (verdict.fault == auth::TokenFault::kKeysUnavailable)
      throw FunctionFailure("cannot fetch the issuer's keys", "Function.KeysUnavailable");
    throw FunctionFailure("Unauthorized", "Function.Unauthorized");
  }

  static wire::AuthorizerResult allow(wire::AuthorizerResult result, const auth::TokenClaims& claims) {
    result.allow = true;
    result.principal_id = claims.subject;
    result.context.emplace("userId", claims.subject);
    result.context.emplace("username", claims.username);
    if (!claims.email.empty()) result.context.emplace("email", claims.email);
    return result;
  }

  Policy& policy_;
  const Clock& clock_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  return handlers::serve_sharing<handlers::Policy>([](const Env&, const Clock& clock, handlers::Policy& policy) {
    return std::make_unique<handlers::Authorizer>(policy, clock);
  });
}
