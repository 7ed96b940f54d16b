#include "commands/users/user_json.h"

#include "base/clock.h"

namespace wsdeep::commands {

nlohmann::json user_json(const aws::CognitoUser& user) {
  return {{"username", user.username},
          {"status", user.status},
          {"enabled", user.enabled},
          {"attributes", user.attributes},
          {"createdAt", iso8601(from_epoch_ms(static_cast<std::int64_t>(user.created * 1000)))}};
}

}  // namespace wsdeep::commands
