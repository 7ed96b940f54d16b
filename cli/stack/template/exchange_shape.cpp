#include "stack/template/exchange_shape.h"

#include <algorithm>
#include <optional>

#include "stack/settings/exchange_section.h"
#include "stack/template/secret_resource.h"

namespace wsdeep::stack {

std::vector<std::string> callback_urls(const AuthSettings& auth) {
  std::vector<std::string> urls = auth.callback_urls;
  if (auth.exchange && std::ranges::find(urls, exchange_callback(*auth.exchange)) == urls.end())
    urls.push_back(exchange_callback(*auth.exchange));
  return urls;
}

std::vector<std::string> logout_urls(const AuthSettings& auth) {
  std::vector<std::string> urls = auth.logout_urls;
  if (!auth.exchange) return urls;
  for (const std::string& url : auth.exchange->logout_urls)
    if (std::ranges::find(urls, url) == urls.end()) urls.push_back(url);
  return urls;
}

void shape_exchange(const AuthSettings& auth, Shape& shape) {
  const bool has_secret = auth.exchange && !auth.exchange->client_secret.empty();
  shape.slots["exchange.hosted_ui"] =
      auth.makes_pool() ? "!Sub \"https://${HostedUi}.auth.${AWS::Region}.amazoncognito.com\"" : "!Ref AuthHostedUi";
  shape.slots["exchange.client_id"] = auth.makes_pool() ? "!Ref UserPoolClient" : "!Ref AuthClientId";
  shape.flags["exchange.existing_pool"] = !auth.makes_pool();
  shape.flags["exchange.secret"] = has_secret;
  shape.slots["exchange.secret_name"] =
      has_secret ? std::optional<std::string>("!Ref AuthClientSecretName") : std::nullopt;
  shape.slots["exchange.secret_arn"] =
      secret_resource("AuthClientSecretName", has_secret ? auth.exchange->client_secret : "");
}

}  // namespace wsdeep::stack
