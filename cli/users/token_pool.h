#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "auth/sign_in_flow.h"
#include "terminal/context.h"
#include "users/target.h"

namespace wsdeep::users {

struct TokenPoolOptions {
  std::string out;          ///< file of tokens, JSON lines
  std::uint64_t count = 0;  ///< of the users; 0: all
  auth::SignInFlow flow = auth::SignInFlow::kPassword;
  int parallel = 16;
  int fresh_minutes = 30;  ///< tokens that are good for more are kept
};

/// Keeps a file of tokens fresh for the users that a results file records as created: who has tokens that are good for
/// a while keeps them, others are refreshed, and only those who have none, or whose refresh token has ended, sign in.
/// Says how many of each there were. What is done is in the file however it ends. Throws Error{kRefused} when somebody
/// could not sign in, Error{kNotFound} when there are fewer users than `count`.
void freshen_tokens(const Target& target, Context& context, const TokenPoolOptions& options,
                    const std::filesystem::path& results);

}  // namespace wsdeep::users
