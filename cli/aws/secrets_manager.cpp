#include "aws/secrets_manager.h"

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {

SecretsManager::SecretsManager(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                               const Clock& clock)
    : client_(http, std::move(options), credentials, "secretsmanager", "secretsmanager", clock) {}

SecretInfo SecretsManager::describe(const std::string& name) {
  const std::string answer =
      client_.call_json("secretsmanager", "DescribeSecret", wire::JsonObject().add("SecretId", name).text(),
                        "application/x-amz-json-1.1", true);
  const wire::Json document = wire::parse_json(answer, "the answer to DescribeSecret");
  const wire::JsonFields fields(document);
  return {fields.text_or("ARN", ""), fields.find("DeletedDate") != nullptr};
}

std::string SecretsManager::value(const std::string& name, const CallContext& context) {
  const std::string answer =
      client_.call_json("secretsmanager", "GetSecretValue", wire::JsonObject().add("SecretId", name).text(),
                        "application/x-amz-json-1.1", true, context);
  const wire::Json document = wire::parse_json(answer, "the answer to GetSecretValue");
  return wire::JsonFields(document).text("SecretString");
}

}  // namespace wsdeep::aws
