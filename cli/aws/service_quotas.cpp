#include "aws/service_quotas.h"

#include <fmt/format.h>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {

ServiceQuotas::ServiceQuotas(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                             const Clock& clock)
    : client_(http, std::move(options), credentials, "servicequotas", "servicequotas", clock) {}

ServiceQuota ServiceQuotas::get(const char* operation, const std::string& service, const std::string& code) {
  const std::string body = wire::JsonObject().add("ServiceCode", service).add("QuotaCode", code).text();
  const std::string answer =
      client_.call_json("ServiceQuotasV20190624", operation, body, "application/x-amz-json-1.1", true);
  const wire::Json document = wire::parse_json(answer, fmt::format("the answer to {}", operation));
  const wire::JsonFields fields = wire::JsonFields(document).object("Quota");
  return {fields.text_or("QuotaName", code), fields.number("Value")};
}

ServiceQuota ServiceQuotas::quota(const std::string& service, const std::string& code) {
  try {
    return get("GetServiceQuota", service, code);
  } catch (const ServiceError& error) {
    if (error.code() != "NoSuchResourceException") throw;
    return get("GetAWSDefaultServiceQuota", service, code);
  }
}

}  // namespace wsdeep::aws
