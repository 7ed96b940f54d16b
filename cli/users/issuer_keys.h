#pragma once

#include <string>

#include "base/env.h"
#include "base/files.h"
#include "users/target.h"

namespace wsdeep::users {

/// The public key set of the target's pool, as JSON. Throws Error that names the address.
std::string fetch_issuer_keys(const Target& target, const Env& env, const Files& files);

}  // namespace wsdeep::users
