#include "aws/secrets_manager.h"

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr double kLastSecond = 1e11;

}  // namespace

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

SecretValue SecretsManager::value(const std::string& name, const CallContext& context, std::string_view stage) {
  const std::string answer = client_.call_json(
      "secretsmanager", "GetSecretValue", wire::JsonObject().add("SecretId", name).add("VersionStage", stage).text(),
      "application/x-amz-json-1.1", true, context);
  const wire::Json document = wire::parse_json(answer, "the answer to GetSecretValue");
  const wire::JsonFields fields(document);
  SecretValue value{fields.text("SecretString"), std::nullopt};
  // Seconds; a date that is none is as good as none.
  if (const auto made = fields.number_if("CreatedDate"); made && *made >= 0 && *made < kLastSecond)
    value.made = from_epoch_ms(static_cast<std::int64_t>(*made * 1000));
  return value;
}

}  // namespace wsdeep::aws
