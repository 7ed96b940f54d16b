#include "users/target.h"

#include <fmt/format.h>

#include "aws/client.h"
#include "base/error.h"

namespace wsdeep::users {

std::string Target::issuer() const {
  return fmt::format("https://cognito-idp.{}.{}/{}", region, aws::dns_suffix(region), user_pool_id);
}

const std::string& stage_url(const Target& target) {
  if (!target.url.empty()) return target.url;
  throw Error(ErrorKind::kUsage, "the WebSocket URL is not known",
              target.environment.empty() ? "pass --url or set WSDEEP_URL"
                                         : fmt::format("deploy it with: wsdeep deploy -e {}", target.environment));
}

}  // namespace wsdeep::users
