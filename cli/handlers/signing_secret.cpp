#include "handlers/signing_secret.h"

#include "wire/backend_signature.h"

namespace wsdeep::handlers {

SecretPlace signing_secret(const Env& env) {
  return {"the signing secret", env.get_or("BACKEND_SECRET", ""), env.get_or("BACKEND_SECRET_FILE", ""),
          wire::kSignatureSecretMinBytes, "make one with: openssl rand -hex 32"};
}

}  // namespace wsdeep::handlers
