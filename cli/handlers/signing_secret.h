#pragma once

#include "handlers/secret_text.h"

namespace wsdeep::handlers {

/// The secret that requests between a backend and us are signed with: BACKEND_SECRET names it in Secrets Manager, or
/// BACKEND_SECRET_FILE a file (locally).
SecretPlace signing_secret(const Env& env);

}  // namespace wsdeep::handlers
