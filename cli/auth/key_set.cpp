#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "auth/jwt.h"
#include "auth/openssl_handles.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "wire/json_fields.h"

namespace wsdeep::auth {
namespace {

constexpr std::size_t kMaxJwks = 1 << 20;
constexpr std::size_t kMaxKeys = 100;
constexpr int kMinBits = 2048, kMaxBits = 8192, kMaxExponentBits = 64;

OpenSsl<BIGNUM> to_number(const std::string& big_endian) {
  return OpenSsl<BIGNUM>(BN_bin2bn(reinterpret_cast<const unsigned char*>(big_endian.data()),
                                   static_cast<int>(big_endian.size()), nullptr));
}

/// An exponent of 1 would make every message its own signature.
bool acceptable(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  return bits >= kMinBits && bits <= kMaxBits && BN_is_odd(modulus) && BN_is_odd(exponent) && !BN_is_one(exponent) &&
         BN_num_bits(exponent) <= kMaxExponentBits;
}

OpenSsl<EVP_PKEY> make_public_key(const std::string& modulus, const std::string& exponent) {
  const OpenSsl<BIGNUM> n = to_number(modulus), e = to_number(exponent);
  if (!n || !e || !acceptable(n.get(), e.get())) return nullptr;
  const OpenSsl<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const OpenSsl<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const OpenSsl<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return OpenSsl<EVP_PKEY>(key);
}

OpenSsl<EVP_PKEY_CTX> prepare_verification(EVP_PKEY* key) {
  OpenSsl<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  const bool ready = context && EVP_PKEY_verify_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1;
  return ready ? std::move(context) : nullptr;
}

}  // namespace

struct KeySet::Impl {
  struct Key {
    std::string kid;
    OpenSsl<EVP_PKEY> key;
    OpenSsl<EVP_PKEY_CTX> prepared;  ///< copied for each use: finding the algorithm anew costs a fifth of a check
  };
  std::vector<Key> keys;

  const Key* find(std::string_view kid) const {
    for (const Key& key : keys)
      if (key.kid == kid) return &key;
    return nullptr;
  }

  /// Keys of other kinds and uses are none of our business: an issuer may publish them beside ours.
  void add(const wire::JsonFields& jwk) {
    if (jwk.text_or("kty", "") != "RSA" || jwk.text_or("use", "sig") != "sig" || jwk.text_or("alg", "RS256") != "RS256")
      return;
    const std::string kid = jwk.text_or("kid", "");
    const auto n = from_base64url(jwk.text_or("n", "")), e = from_base64url(jwk.text_or("e", ""));
    if (kid.empty() || find(kid) != nullptr || !n || !e || n->size() > kMaxBits / 8 + 1) return;
    Key key{kid, make_public_key(*n, *e), nullptr};
    if (key.key) key.prepared = prepare_verification(key.key.get());
    if (key.prepared) keys.push_back(std::move(key));
    ERR_clear_error();
  }
};

KeySet::KeySet() : impl_(std::make_unique<Impl>()) {}
KeySet::~KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;

KeySet KeySet::parse(std::string_view jwks_json) {
  if (jwks_json.size() > kMaxJwks) throw Error(ErrorKind::kFailure, "the key set is larger than 1 MiB");
  const wire::Json document = wire::parse_json(jwks_json, "key set");
  const wire::Json& list = wire::JsonFields(document).list("keys");
  if (list.size() > kMaxKeys) throw Error(ErrorKind::kFailure, "the key set holds more than 100 keys");
  KeySet set;
  for (const wire::Json& jwk : list) set.impl_->add(wire::JsonFields(jwk, "keys"));
  return set;
}

bool KeySet::contains(std::string_view kid) const {
  return impl_->find(kid) != nullptr;
}

std::size_t KeySet::size() const {
  return impl_->keys.size();
}

bool KeySet::verify(std::string_view kid, std::string_view signed_text, std::string_view signature) const {
  const Impl::Key* key = impl_->find(kid);
  if (key == nullptr) return false;
  const OpenSsl<EVP_PKEY_CTX> context(EVP_PKEY_CTX_dup(key->prepared.get()));
  const std::string digest = sha256(signed_text);
  const bool valid = context && EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                                                signature.size(), reinterpret_cast<const unsigned char*>(digest.data()),
                                                digest.size()) == 1;
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace wsdeep::auth
