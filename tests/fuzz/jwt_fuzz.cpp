// Any bytes as a token: it must be refused or read, never crash, and a token that is read must be well-formed.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/jwt.h"
#include "base/utf8.h"
#include "fuzz/target.h"

namespace jwt_fuzz {
namespace {

const wsdeep::auth::KeySet& keys() {
  static const wsdeep::auth::KeySet set = wsdeep::auth::KeySet::parse(
      R"({"keys":[{"kty":"RSA","kid":"rfc","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmf)"
      R"(HQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaS)"
      R"(HSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNm)"
      R"(oudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})");
  return set;
}

}  // namespace

FUZZ_TARGET(jwt_fuzz) {
  const std::string_view token(reinterpret_cast<const char*>(data), size);
  const wsdeep::auth::TokenRules rules{"issuer", {"client"}};
  const auto verdict = wsdeep::auth::verify_token(token, keys(), rules, wsdeep::from_epoch_ms(1'708'326'702'000));
  if (verdict) std::abort();  // nobody has the private key to sign such a token with
  const auto read = wsdeep::auth::read_token(token);
  const bool malformed = verdict.fault == wsdeep::auth::TokenFault::kMalformed;
  if (read.has_value() == malformed) std::abort();
  if (read && !wsdeep::is_utf8(read->claims.json)) std::abort();
  return 0;
}

}  // namespace jwt_fuzz
