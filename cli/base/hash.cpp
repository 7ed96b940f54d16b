#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "base/error.h"

namespace wsdeep {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void check(bool ok) {
  if (!ok) throw Error(ErrorKind::kFailure, "cannot hash: OpenSSL has no SHA-256");
}

/// SHA-256 of the two texts, one after the other.
std::string digest(std::string_view first, std::string_view second = {}) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::string out(32, '\0');
  check(algorithm != nullptr && context != nullptr);
  check(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
        EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return out;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return digest(bytes);
}

/// RFC 2104 on top of the kept digest context: OpenSSL's own HMAC looks its parts up anew on every call.
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  constexpr std::size_t kBlock = 64;
  char inner[kBlock] = {}, outer[kBlock] = {};
  const std::string short_key = key.size() > kBlock ? digest(key) : std::string();
  if (key.size() > kBlock) key = short_key;
  if (!key.empty()) std::memcpy(inner, key.data(), key.size());
  for (std::size_t i = 0; i < kBlock; ++i) {
    outer[i] = static_cast<char>(inner[i] ^ 0x5C);
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
  }
  const std::string first = digest({inner, kBlock}, bytes);
  std::string out = digest({outer, kBlock}, first);
  OPENSSL_cleanse(inner, kBlock);
  OPENSSL_cleanse(outer, kBlock);
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace wsdeep
