#include "aws/ssm.h"

#include <chrono>
#include <stop_token>
#include <utility>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kSsmJson = "application/x-amz-json-1.1";
constexpr const char* kPrefix = "AmazonSSM";
constexpr std::chrono::seconds kEndLimit{3};

}  // namespace

std::string SsmSessionRequest::json() const {
  wire::JsonObject values;
  for (const auto& [name, value] : parameters) values.add_json(name, "[" + wire::json_string(value) + "]");
  return wire::JsonObject()
      .add("Target", target)
      .add("DocumentName", document)
      .add_json("Parameters", values.text())
      .text();
}

Ssm::Ssm(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "ssm", "ssm", clock) {}

SsmSession Ssm::start_session(const SsmSessionRequest& request) {
  const std::string answer = client_.call_json(kPrefix, "StartSession", request.json(), kSsmJson, true, {}, false);
  const wire::Json document = wire::parse_json(answer, "the answer to StartSession");
  const wire::JsonFields fields(document);
  return {fields.text("SessionId"), fields.text("TokenValue"), fields.text("StreamUrl")};
}

std::map<std::string, std::string> Ssm::parameters(const std::vector<std::string>& names) {
  const std::string body = wire::JsonObject().add_json("Names", wire::json_strings(names)).text();
  const std::string answer = client_.call_json(kPrefix, "GetParameters", body, kSsmJson, true);
  const wire::Json document = wire::parse_json(answer, "the answer to GetParameters");
  std::map<std::string, std::string> values;
  for (const wire::Json& one : wire::JsonFields(document).list("Parameters")) {
    const wire::JsonFields parameter(one, "Parameters");
    values[parameter.text("Name")] = parameter.text("Value");
  }
  return values;
}

void Ssm::terminate_session(const std::string& id) {
  const std::stop_source never;  // also what a signal interrupted ends its session
  const CallContext context{std::chrono::steady_clock::now() + kEndLimit, never.get_token()};
  client_.call_json(kPrefix, "TerminateSession", wire::JsonObject().add("SessionId", id).text(), kSsmJson, true,
                    context);
}

}  // namespace wsdeep::aws
