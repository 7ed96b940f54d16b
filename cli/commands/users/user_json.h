#pragma once

#include <nlohmann/json.hpp>

#include "aws/cognito.h"

namespace wsdeep::commands {

/// A user as `users list` and `users show` print it.
nlohmann::json user_json(const aws::CognitoUser& user);

}  // namespace wsdeep::commands
