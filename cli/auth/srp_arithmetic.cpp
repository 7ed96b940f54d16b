#include <openssl/bn.h>

#include "auth/openssl_handles.h"
#include "auth/srp.h"
#include "base/error.h"

// The group arithmetic of SRP-6a, for any group. Exponents are secret, so every power is computed in constant time.

namespace wsdeep::auth::srp {
namespace {

using Number = OpenSsl<BIGNUM>;

void check(bool ok) {
  if (!ok) throw Error(ErrorKind::kFailure, "cannot compute an SRP value: OpenSSL failed");
}

Number number(std::string_view bytes) {
  Number value(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  check(value != nullptr);
  return value;
}

std::string bytes_of(const BIGNUM* value) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

/// Computes modulo the group's prime.
class Field {
 public:
  explicit Field(const Group& group)
      : prime_(number(group.prime)), generator_(number(group.generator)), context_(BN_CTX_new()) {
    check(context_ != nullptr);
  }

  Number power(const Number& base, const Number& exponent) const {
    Number result = zero();
    BN_set_flags(exponent.get(), BN_FLG_CONSTTIME);
    check(BN_mod_exp_mont_consttime(result.get(), base.get(), exponent.get(), prime_.get(), context_.get(), nullptr) ==
          1);
    return result;
  }
  Number power_of_generator(const Number& exponent) const { return power(generator_, exponent); }
  Number product(const Number& a, const Number& b) const {
    Number result = zero();
    check(BN_mod_mul(result.get(), a.get(), b.get(), prime_.get(), context_.get()) == 1);
    return result;
  }
  Number sum(const Number& a, const Number& b) const {
    Number result = zero();
    check(BN_mod_add(result.get(), a.get(), b.get(), prime_.get(), context_.get()) == 1);
    return result;
  }
  Number difference(const Number& a, const Number& b) const {
    Number result = zero();
    check(BN_mod_sub(result.get(), a.get(), b.get(), prime_.get(), context_.get()) == 1);
    return result;
  }
  /// a + u·x, not reduced: it is an exponent.
  Number exponent(const Number& a, const Number& u, const Number& x) const {
    Number result = zero();
    check(BN_mul(result.get(), u.get(), x.get(), context_.get()) == 1 &&
          BN_add(result.get(), a.get(), result.get()) == 1);
    return result;
  }
  /// What the other side sent, reduced; refused when it makes the secret predictable.
  Number received(std::string_view value) const {
    if (value.size() > static_cast<std::size_t>(BN_num_bytes(prime_.get())) + 1)
      throw Error(ErrorKind::kRefused, "an SRP value is larger than its group");
    const Number given = number(value);
    Number result = zero();
    check(BN_nnmod(result.get(), given.get(), prime_.get(), context_.get()) == 1);
    if (BN_is_zero(result.get())) throw Error(ErrorKind::kRefused, "the other side sent an SRP value of 0");
    return result;
  }

 private:
  static Number zero() {
    Number value(BN_new());
    check(value != nullptr);
    return value;
  }

  Number prime_;
  Number generator_;
  OpenSsl<BN_CTX> context_;
};

Number scrambler(std::string_view u) {
  Number value = number(u);
  if (BN_is_zero(value.get())) throw Error(ErrorKind::kRefused, "the SRP values make a scrambler of 0");
  return value;
}

}  // namespace

const Group& cognito_group() {
  static const Group group{bytes_of(Number(BN_get_rfc3526_prime_3072(nullptr)).get()), std::string(1, '\2')};
  return group;
}

std::string power_of_generator(const Group& group, std::string_view exponent) {
  return bytes_of(Field(group).power_of_generator(number(exponent)).get());
}

std::string server_public(const Group& group, std::string_view k, std::string_view verifier, std::string_view b) {
  const Field field(group);
  const Number masked = field.product(number(k), number(verifier));
  return bytes_of(field.sum(masked, field.power_of_generator(number(b))).get());
}

std::string client_premaster(const Group& group, const Multipliers& multipliers, std::string_view x, std::string_view a,
                             std::string_view server_public) {
  const Field field(group);
  const Number u = scrambler(multipliers.u), secret = number(x);
  const Number masked = field.product(number(multipliers.k), field.power_of_generator(secret));
  const Number base = field.difference(field.received(server_public), masked);
  return bytes_of(field.power(base, field.exponent(number(a), u, secret)).get());
}

std::string server_premaster(const Group& group, std::string_view u, std::string_view verifier, std::string_view b,
                             std::string_view client_public) {
  const Field field(group);
  const Number masked = field.power(number(verifier), scrambler(u));
  return bytes_of(field.power(field.product(field.received(client_public), masked), number(b)).get());
}

}  // namespace wsdeep::auth::srp
