#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "auth/exchange/pool.h"
#include "net/http_client.h"

namespace wsdeep::auth::exchange {

/// A user pool by its OAuth 2.0 endpoints. For one thread at a time.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
class PoolEndpoint final : public Pool {
 public:
  struct Options {
    std::string url;  ///< `https://PREFIX.auth.REGION.amazoncognito.com`
    std::string client_id;
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds timeout{5000};
  };
  /// The secret of a confidential client, empty for a public one; `anew`: the last one was not accepted, as it may have
  /// been replaced. May throw.
  using Secret = std::function<std::string(bool anew)>;
  /// Whether there are keys to verify with.
  using HasKeys = std::function<bool()>;
  using Verify = std::function<TokenVerdict(std::string_view token, std::string_view token_use)>;

  PoolEndpoint(net::HttpClient& http, Options options, Secret secret, HasKeys has_keys, Verify verify);

  void ready() override;

  PoolTokens redeem(const std::string& code, const std::string& verifier, const std::string& redirect_uri) override;
  PoolTokens renew(const std::string& refresh_token) override;
  void revoke(const std::string& refresh_token) override;
  TokenVerdict verify(std::string_view token, std::string_view token_use) override { return verify_(token, token_use); }

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// The answer's body. Throws PoolError.
  std::string post(const std::string& path, Fields fields);
  net::HttpResponse send(const std::string& path, const Fields& fields, const std::string& secret);

  net::HttpClient& http_;
  Options options_;
  Secret secret_;
  HasKeys has_keys_;
  Verify verify_;
};

}  // namespace wsdeep::auth::exchange
