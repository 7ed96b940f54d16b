// Says how AWS would be called from here: a JSON object of what the environment, ~/.aws/config and ~/.aws/credentials
// give. `endpoints` has a member for each service; a member that is refused is {"refused": words, "hint": words}.
//   aws_settings_tool [PROFILE]

#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "aws/call_settings.h"
#include "aws/credential_chain.h"
#include "base/error.h"

namespace {

using namespace wsdeep;

nlohmann::json answer_of(const std::function<nlohmann::json()>& ask) {
  try {
    return ask();
  } catch (const Error& error) {
    return {{"refused", error.what()}, {"hint", error.hint()}};
  }
}

struct Service {
  const char* id;
  const char* prefix;
};
constexpr Service kServices[] = {
    {"CLOUDFORMATION", "cloudformation"}, {"COGNITO_IDENTITY_PROVIDER", "cognito-idp"}, {"S3", "s3"}, {"STS", "sts"}};

/// As a command makes a client of a service: nothing that it needs may be wrong.
std::string endpoint_of_client(const aws::CallSettings& calls, const Service& service) {
  calls.max_attempts();
  return calls.endpoint(service.id, service.prefix, calls.region().value_or("us-east-1"));
}

nlohmann::json settings_of(const aws::CallSettings& calls) {
  nlohmann::json all;
  all["region"] = answer_of([&] { return calls.region().value_or(""); });
  all["ca_bundle"] = answer_of([&] { return calls.ca_file(); });
  all["max_attempts"] = answer_of([&] { return calls.max_attempts().value_or(0); });
  for (const Service& service : kServices)
    all["endpoints"][service.prefix] = answer_of([&] { return endpoint_of_client(calls, service); });
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string profile = argc > 1 ? argv[1] : "";
  const Env env = Env::of_process();
  DiskFiles files;
  const SystemClock clock;
  nlohmann::json said = answer_of([&] { return settings_of(aws::CallSettings::load(env, files, profile)); });
  said["credentials"] = answer_of([&]() -> nlohmann::json {
    const aws::Credentials keys = aws::CredentialChain(env, files, clock, profile).get();
    return {{"access_key", keys.access_key_id}, {"secret_key", keys.secret_access_key}, {"token", keys.session_token}};
  });
  std::cout << said.dump() << '\n';
}
