// One whole SRP sign-in with given private values: one JSON object a line in, what both sides made as one JSON object a
// line out. {"pool","user","password","salt","a","b","secret_block","timestamp"}, numbers in hexadecimal.

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "auth/srp.h"
#include "base/encoding.h"

namespace srp = wsdeep::auth::srp;

namespace {

nlohmann::json sign_in(const nlohmann::json& input) {
  const auto text = [&](const char* name) { return input.at(name).get<std::string>(); };
  const auto bytes = [&](const char* name) { return wsdeep::from_hex(text(name)).value(); };
  const srp::Client client(text("pool"), bytes("a"));
  const srp::Verifier verifier = srp::make_verifier(text("pool"), text("user"), text("password"), text("salt"));
  const srp::Server server(text("pool"), verifier, client.public_hex(), bytes("b"));
  const srp::Challenge challenge{text("user"), text("salt"), server.public_hex(), text("secret_block")};
  const std::string signature = client.answer(challenge, text("password"), text("timestamp"));
  return {{"A", client.public_hex()},
          {"B", server.public_hex()},
          {"verifier", verifier.verifier_hex},
          {"signature", signature},
          {"accepted", server.accepts(challenge, text("timestamp"), signature)}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << sign_in(nlohmann::json::parse(line)) << '\n';
}
