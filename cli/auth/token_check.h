#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auth/jwt.h"
#include "auth/token_parts.h"

namespace wsdeep::auth {

/// Whether a token keeps one rule, and what it says there.
struct Finding {
  const char* rule;  ///< `exp`
  bool kept;
  std::string text;
};

/// Every rule of verify_token, each with its own verdict, where that one stops at the first that is broken. `now`:
/// epoch seconds.
std::vector<Finding> check_token(const TokenParts& token, const KeySet& keys, const TokenRules& rules,
                                 std::int64_t now);

}  // namespace wsdeep::auth
