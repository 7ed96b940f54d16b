#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "auth/jwt.h"
#include "auth/openssl_handles.h"
#include "base/encoding.h"
#include "base/error.h"
#include "wire/json_writer.h"

namespace wsdeep::auth {
namespace {

[[noreturn]] void fail(const char* what) {
  ERR_clear_error();
  throw Error(ErrorKind::kFailure, what);
}

/// Never asks for a pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

OpenSsl<EVP_PKEY> read_pem(std::string_view pem, bool must_be_private) {
  const auto open = [&] { return OpenSsl<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  OpenSsl<EVP_PKEY> key(PEM_read_bio_PrivateKey(open().get(), nullptr, no_pass_phrase, nullptr));
  if (!key && !must_be_private) key.reset(PEM_read_bio_PUBKEY(open().get(), nullptr, no_pass_phrase, nullptr));
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) fail("not an RSA key in PEM form");
  ERR_clear_error();
  return key;
}

/// A key of so many primes (RFC 8017); null when OpenSSL makes none. Three primes of 683 bits are found in a third of
/// the time that two of 1024 take, and nobody sees of how many the modulus is.
OpenSsl<EVP_PKEY> rsa_key_of(int primes) {
  const OpenSsl<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (context && EVP_PKEY_keygen_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1 &&
      EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), primes) == 1)
    EVP_PKEY_generate(context.get(), &key);
  ERR_clear_error();
  return OpenSsl<EVP_PKEY>(key);
}

/// `parameter` of the key, big-endian without leading zeros.
std::string number_of(EVP_PKEY* key, const char* parameter) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) fail("cannot read the RSA key");
  const OpenSsl<BIGNUM> number(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

}  // namespace

std::string sign_token(std::string_view claims_json, std::string_view kid, std::string_view private_key_pem) {
  const OpenSsl<EVP_PKEY> key = read_pem(private_key_pem, true);
  const std::string header = wire::JsonObject().add("kid", kid).add("alg", "RS256").text();
  const std::string text = base64url(header) + "." + base64url(claims_json);
  const OpenSsl<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
    fail("cannot sign the token");
  signature.resize(size);
  return text + "." + base64url(signature);
}

std::string make_rsa_key() {
  OpenSsl<EVP_PKEY> key = rsa_key_of(3);
  if (!key) key = rsa_key_of(2);  // which is all that OpenSSL in FIPS mode makes
  const OpenSsl<BIO> out(BIO_new(BIO_s_secmem()));
  if (!key || !out || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    fail("cannot make an RSA key");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string public_jwk(std::string_view key_pem, std::string_view kid) {
  const OpenSsl<EVP_PKEY> key = read_pem(key_pem, false);
  return wire::JsonObject()
      .add("kty", "RSA")
      .add("alg", "RS256")
      .add("use", "sig")
      .add("kid", kid)
      .add("n", base64url(number_of(key.get(), OSSL_PKEY_PARAM_RSA_N)))
      .add("e", base64url(number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)))
      .text();
}

}  // namespace wsdeep::auth
