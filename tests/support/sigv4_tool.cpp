// Signs what a test in another language asks for: one JSON object a line in, the headers to add as one JSON object a
// line out. {"method","url","headers":[[name,value]…],"body_hex","access_key","secret_key","token","region","service",
// "epoch"}

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "aws/sigv4.h"
#include "base/encoding.h"
#include "base/text.h"

using wsdeep::aws::Credentials;

namespace {

nlohmann::json sign_one(const nlohmann::json& request) {
  const auto text = [&](const char* name) { return request.at(name).get<std::string>(); };
  wsdeep::net::Headers headers;
  for (const auto& pair : request.at("headers")) headers.emplace_back(pair.at(0), pair.at(1));
  const Credentials credentials{text("access_key"), text("secret_key"), text("token"), std::nullopt};
  const wsdeep::SystemTime now = wsdeep::from_epoch_ms(request.at("epoch").get<std::int64_t>() * 1000);
  const std::string body = wsdeep::from_hex(text("body_hex")).value();
  nlohmann::json added = nlohmann::json::object();
  for (const auto& [name, value] : wsdeep::aws::sign(text("method"), text("url"), headers, body, credentials,
                                                     {text("region"), text("service")}, now))
    added[wsdeep::to_lower(name)] = value;
  return added;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << sign_one(nlohmann::json::parse(line)) << '\n';
}
