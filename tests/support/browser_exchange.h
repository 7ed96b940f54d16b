#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/exchange/exchange.h"
#include "base/text.h"
#include "net/form.h"
#include "net/http_message.h"
#include "support/manual_clock.h"
#include "support/test_keys.h"
#include "wire/json_writer.h"

namespace wsdeep::testing {

using auth::KeySet, auth::TokenFault, auth::TokenVerdict;
using auth::exchange::Config, auth::exchange::Exchange, auth::exchange::Pool, auth::exchange::PoolError,
    auth::exchange::PoolFault, auth::exchange::PoolTokens, auth::exchange::Reply;

inline constexpr const char* kPoolIssuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc";

/// A pool whose answers a test chooses; it signs tokens with a key of its own.
class PlayedPool final : public Pool {
 public:
  explicit PlayedPool(const Clock& clock) : clock_(clock), keys_(KeySet::parse(jwks())) {}

  PoolTokens redeem(const std::string& code, const std::string& verifier, const std::string& redirect_uri) override {
    calls.push_back("redeem " + code + " " + redirect_uri);
    verifiers.push_back(verifier);
    fail_if_told();
    return tokens();
  }
  PoolTokens renew(const std::string& token) override {
    calls.push_back("renew " + token);
    fail_if_told();
    return tokens();
  }
  void revoke(const std::string& token) override {
    calls.push_back("revoke " + token);
    fail_if_told();
  }
  void ready() override {
    if (!has_keys) throw PoolError(PoolFault::kUnreachable, "no keys");
  }
  TokenVerdict verify(std::string_view token, std::string_view token_use) override {
    if (!has_keys) return {TokenFault::kKeysUnavailable, {}, ""};
    return verify_token(token, keys_, {kPoolIssuer, {"client"}, {std::string(token_use)}}, clock_.now());
  }

  std::string make_token(const std::string& use, const std::string& user) const {
    wire::JsonObject claims;
    const std::int64_t age = (use == "id" ? id_age : access_age).count();
    claims.add("sub", user).add("iss", kPoolIssuer).add("token_use", use).add("exp", epoch_seconds(clock_.now()) + age);
    claims.add(use == "id" ? "aud" : "client_id", "client");
    claims.add(use == "id" ? "cognito:username" : "username", "ann").add("iat", epoch_seconds(clock_.now()));
    if (use == "id") claims.add("nonce", nonce).add("email", "ann@example.com").add("profile", profile);
    claims.add_json("cognito:groups", wire::json_strings(groups));
    return auth::sign_token(claims.text(), "k", rsa_key());
  }
  PoolTokens tokens() const { return {make_token("id", subject), make_token("access", subject), refresh_token}; }

  std::string nonce, subject = "sub-ann", refresh_token = "refresh-1";
  std::string profile;  ///< of the ID token alone
  std::chrono::seconds id_age{3600}, access_age{3600};
  std::vector<std::string> groups;
  std::optional<PoolFault> fault;
  bool has_keys = true;
  std::vector<std::string> calls, verifiers;

 private:
  static std::string jwks() { return R"({"keys":[)" + auth::public_jwk(rsa_key(), "k") + "]}"; }
  void fail_if_told() const {
    if (fault) throw PoolError(*fault, "as told");
  }

  const Clock& clock_;
  KeySet keys_;
};

/// A browser at the exchange: it keeps cookies, and looks at no attribute of theirs.
class BrowserExchangeTest : public ::testing::Test {
 protected:
  ManualClock clock_;
  PlayedPool pool_{clock_};
  Config config_{{"https://chat.example.com"},
                 "https://pool.example.net",
                 "client",
                 "example.com",
                 {"https://chat.example.com/", "https://app.example.com/back"},
                 {"https://chat.example.com/"},
                 {"https://app.example.com"}};
  Exchange exchange_{config_, pool_, clock_};
  std::map<std::string, std::string> jar_;  ///< of the browser
  std::vector<std::string> slipped_in_;     ///< what another host of the site has set there; sent first

  Reply send(const std::string& method, const std::string& target, wire::NamedTexts headers = {},
             const std::string& body = {}) {
    wire::HttpEvent event;
    event.method = method;
    event.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) event.query = *net::decode_form(target.substr(target.find('?') + 1));
    event.headers = std::move(headers);
    event.headers.try_emplace("host", "chat.example.com");
    event.body = body;
    event.cookies = slipped_in_;
    for (const auto& [name, value] : jar_) event.cookies.push_back(name + "=" + value);
    event.headers["cookie"] = join(event.cookies, "; ");
    Reply reply = exchange_.answer(event);
    for (const std::string& cookie : reply.http.cookies) {
      const std::size_t equals = cookie.find('='), end = cookie.find(';');
      const std::string value = cookie.substr(equals + 1, end - equals - 1);
      jar_.erase(cookie.substr(0, equals));
      if (!value.empty()) jar_[cookie.substr(0, equals)] = value;
    }
    return reply;
  }
  static std::string header(const Reply& reply, const std::string& name) {
    return net::header(reply.http.headers, name).value_or("");
  }
  /// The query that the pool's page is asked with.
  net::FormFields begin(const std::string& target = "/auth/login") {
    const Reply reply = send("GET", target);
    EXPECT_EQ(reply.http.status, 302) << reply.http.body;
    const std::string url = header(reply, "Location");
    EXPECT_TRUE(url.starts_with("https://pool.example.net/oauth2/authorize?")) << url;
    auto fields = *net::decode_form(url.substr(url.find('?') + 1));
    pool_.nonce = net::field_of(fields, "nonce");
    return fields;
  }
  Reply come_back(const net::FormFields& asked, const std::string& code = "code-1", wire::NamedTexts headers = {}) {
    return send("GET", "/auth/callback?code=" + code + "&state=" + std::string(net::field_of(asked, "state")),
                std::move(headers));
  }
  Reply sign_in() { return come_back(begin()); }
};

}  // namespace wsdeep::testing
