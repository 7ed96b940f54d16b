// RS256 verification beside OpenSSL's own speed. `BM_OpenSslVerify` is the RSA operation alone, on a digest that is at
// hand; `BM_OpenSslDigestVerify` is what OpenSSL needs for the same signed text, hashing included; `BM_VerifyToken`
// adds base64url, JSON and every check of the claims.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace wsdeep::auth {
namespace {

constexpr std::int64_t kNow = 1'708'326'702;

/// An ID token of the size that Cognito makes, with what is needed to check it.
struct Sample {
  std::string key_pem = make_rsa_key();
  KeySet keys = KeySet::parse(R"({"keys":[)" + public_jwk(key_pem, "the-kid-of-id-tokens") + "]}");
  TokenRules rules{"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab129faBb", {"7lhlkkfbfb4q5kpp90urffao"}};
  std::string token = sign_token(
      R"({"sub":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","cognito:groups":["operators","test"],"email_verified":true,)"
      R"("iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab129faBb","cognito:username":"janedoe",)"
      R"("origin_jti":"64f513be-32db-42b0-b78e-b02127b4f463","aud":"7lhlkkfbfb4q5kpp90urffao",)"
      R"("event_id":"64f513be-32db-42b0-b78e-b02127b4f463","token_use":"id","auth_time":1708326700,)"
      R"("exp":1708330300,"iat":1708326700,"jti":"0cb4cdb4-4d68-4c8c-bb9c-5ae9ea8a8d8e","email":"jane@example.com"})",
      "the-kid-of-id-tokens", key_pem);
  std::string signed_text = token.substr(0, token.rfind('.'));
  std::string signature = from_base64url(token.substr(token.rfind('.') + 1)).value();

  EVP_PKEY* key() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new_mem_buf(key_pem.data(), -1), BIO_free);
    return PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr);
  }
};

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void BM_OpenSslVerify(benchmark::State& state) {
  const Sample sample;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(sample.key(), EVP_PKEY_free);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                       EVP_PKEY_CTX_free);
  EVP_PKEY_verify_init(context.get());
  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING);
  EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
  const std::string digest = sha256(sample.signed_text);
  for (auto _ : state)
    if (EVP_PKEY_verify(context.get(), bytes(sample.signature), sample.signature.size(), bytes(digest),
                        digest.size()) != 1)
      state.SkipWithError("not valid");
}
BENCHMARK(BM_OpenSslVerify);

void BM_OpenSslDigestVerify(benchmark::State& state) {
  const Sample sample;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(sample.key(), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  for (auto _ : state) {
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    if (EVP_DigestVerify(context.get(), bytes(sample.signature), sample.signature.size(), bytes(sample.signed_text),
                         sample.signed_text.size()) != 1)
      state.SkipWithError("not valid");
  }
}
BENCHMARK(BM_OpenSslDigestVerify);

void BM_VerifyToken(benchmark::State& state) {
  const Sample sample;
  for (auto _ : state)
    if (!verify_token(sample.token, sample.keys, sample.rules, from_epoch_ms(kNow * 1000)))
      state.SkipWithError("not accepted");
}
BENCHMARK(BM_VerifyToken);

void BM_ReadToken(benchmark::State& state) {
  const Sample sample;
  for (auto _ : state) benchmark::DoNotOptimize(read_token(sample.token));
}
BENCHMARK(BM_ReadToken);

}  // namespace
}  // namespace wsdeep::auth
