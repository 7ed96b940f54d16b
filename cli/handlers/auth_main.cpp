// /auth/…: signing in with a browser. The rules are in auth/exchange; here are its environment, its pool and its log.

#include "auth/exchange/exchange.h"
#include "auth/exchange/pool_endpoint.h"
#include "base/error.h"
#include "base/utf8.h"
#include "handlers/config.h"
#include "handlers/invocation_log.h"
#include "handlers/runtime.h"
#include "handlers/secret_text.h"
#include "handlers/token_policy.h"

namespace wsdeep::handlers {
namespace {

namespace exchange = auth::exchange;

constexpr std::size_t kMaxLoggedPath = 64;

std::vector<std::string> required_list(const Env& env, const char* name) {
  std::vector<std::string> values = list(env, name);
  if (values.empty()) throw Error(ErrorKind::kUsage, std::string("environment variable ") + name + " is not set");
  return values;
}

exchange::Config config_of(const Env& env) {
  exchange::Config config;
  config.bases = required_list(env, "AUTH_URLS");
  config.hosted_ui_url = env.require("HOSTED_UI_URL");
  config.client_id = env.require("AUTH_CLIENT_ID");
  config.cookie_domain = env.get_or("COOKIE_DOMAIN", "");
  config.redirect_urls = required_list(env, "REDIRECT_URLS");
  config.logout_urls = list(env, "LOGOUT_URLS");
  config.allowed_origins = list(env, "ALLOWED_ORIGINS");
  return config;
}

/// What all threads share.
struct Shared {
  Shared(const Env& env, const Clock& clock)
      : config(config_of(env)),
        // Locally we find the pool by another way than browsers do.
        pool_url(env.get_or("HOSTED_UI_INNER_URL", config.hosted_ui_url)),
        tokens(env, clock),
        secret(env, clock, {"the app client's secret", env.get_or("AUTH_CLIENT_SECRET", ""), ""}) {}

  const exchange::Config config;
  const std::string pool_url;
  TokenPolicy tokens;
  SecretText secret;
};

class AuthFunction final : public Function {
 public:
  AuthFunction(Shared& shared, const Clock& clock)
      : shared_(shared),
        clock_(clock),
        pool_(
            http_, {shared.pool_url, shared.config.client_id}, [this](bool anew) { return secret(anew); },
            [this] { return shared_.tokens.ready(); },
            [this](std::string_view token, std::string_view token_use) { return verify(token, token_use); }),
        exchange_(shared.config, pool_, clock) {}

  std::string answer(const Call& call) override {
    const wire::HttpEvent event = wire::parse_http_event(call.invocation.payload);
    InvocationLog line("auth", call, "", clock_);
    const exchange::Reply reply = exchange_.answer(event);
    // Never the query: it has the code.
    line.add("path", utf8_cut(event.path, kMaxLoggedPath));
    line.add("status", reply.http.status);
    line.add("outcome", reply.outcome);
    if (!reply.user_id.empty()) line.add("userId", reply.user_id);
    return wire::write_http_answer(reply.http, event);
  }

 private:
  std::string secret(bool anew) {
    try {
      return shared_.secret.text(anew);
    } catch (const Error& error) {
      throw exchange::PoolError(exchange::PoolFault::kUnreachable,
                                std::string("cannot read the app client's secret: ") + error.what());
    }
  }

  auth::TokenVerdict verify(std::string_view token, std::string_view token_use) {
    auth::TokenVerdict verdict = shared_.tokens.verify(token);
    if (verdict && verdict.claims.token_use != token_use) verdict.fault = auth::TokenFault::kTokenUse;
    return verdict;
  }

  Shared& shared_;
  const Clock& clock_;
  net::HttpClient http_;
  exchange::PoolEndpoint pool_;
  exchange::Exchange exchange_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  return handlers::serve_sharing<handlers::Shared>([](const Env&, const Clock& clock, handlers::Shared& shared) {
    return std::make_unique<handlers::AuthFunction>(shared, clock);
  });
}
