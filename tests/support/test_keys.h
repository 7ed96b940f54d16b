#pragma once

#include <string>

#include "auth/jwt.h"

namespace wsdeep::testing {

/// An RSA key that is made once for the whole test program: making one takes a tenth of a second.
inline const std::string& rsa_key() {
  static const std::string pem = auth::make_rsa_key();
  return pem;
}
inline const std::string& other_rsa_key() {
  static const std::string pem = auth::make_rsa_key();
  return pem;
}

}  // namespace wsdeep::testing
