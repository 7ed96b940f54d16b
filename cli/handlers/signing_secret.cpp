#include "handlers/signing_secret.h"

#include <fmt/format.h>

#include "aws/secrets_manager.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "handlers/config.h"
#include "net/http_client.h"
#include "wire/backend_signature.h"

namespace wsdeep::handlers {
namespace {

constexpr std::chrono::minutes kSecretAge{10};
constexpr std::size_t kMaxSecretBytes = 64 * 1024;  // what Secrets Manager holds at most

std::string secret_of_file(const std::string& file) {
  const DiskFiles files;
  const auto text = files.read(file, kMaxSecretBytes);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("there is no file {} with the signing secret", file));
  return *text;
}

}  // namespace

SigningSecret::SigningSecret(const Env& env, const Clock& clock)
    : env_(env), clock_(clock), name_(env.get_or("BACKEND_SECRET", "")), file_(env.get_or("BACKEND_SECRET_FILE", "")) {}

std::string SigningSecret::read() const {
  if (!file_.empty()) return secret_of_file(file_);
  net::HttpClient http;
  aws::StaticCredentials keys(credentials(env_));
  return aws::SecretsManager(http, client_options(env_, "SECRETS_MANAGER", "secretsmanager"), keys, clock_)
      .value(name_);
}

std::string SigningSecret::value() {
  if (!is_set()) return {};
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  if (!value_.empty() && now - read_at_ < kSecretAge) return value_;
  try {
    const std::string text = read();
    const std::string_view secret = trim(text);
    if (secret.size() < wire::kSignatureSecretMinBytes)
      throw Error(ErrorKind::kUsage,
                  fmt::format("the signing secret has {} bytes, and needs {} at least", secret.size(),
                              wire::kSignatureSecretMinBytes),
                  "make one with: openssl rand -hex 32");
    value_ = secret;
  } catch (const Error& error) {
    if (value_.empty()) throw;
    log_warn("the signing secret cannot be read again, the earlier one stays", {{"error", error.what()}});
  }
  read_at_ = now;
  return value_;
}

}  // namespace wsdeep::handlers
