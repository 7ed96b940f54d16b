#include "aws/acm.h"

#include <algorithm>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

/// Seconds since 1970, with or without a fraction.
std::optional<SystemTime> time_in(const wire::JsonFields& fields, std::string_view name) {
  constexpr double kMostSeconds = 9e9;
  const auto seconds = fields.number_if(name);
  if (!seconds || !(*seconds >= 0) || *seconds > kMostSeconds) return std::nullopt;
  return from_epoch_ms(static_cast<std::int64_t>(*seconds) * 1000);
}

}  // namespace

Acm::Acm(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "acm", "acm", clock) {}

Certificate Acm::describe_certificate(const std::string& arn) {
  const std::string answer =
      client_.call_json("CertificateManager", "DescribeCertificate",
                        wire::JsonObject().add("CertificateArn", arn).text(), "application/x-amz-json-1.1", true);
  const wire::Json document = wire::parse_json(answer, "the answer to DescribeCertificate");
  const wire::JsonFields fields = wire::JsonFields(document).object("Certificate");
  Certificate found;
  found.status = fields.text("Status");
  found.names = fields.texts_if("SubjectAlternativeNames").value_or(std::vector<std::string>{});
  const std::string first = fields.text_or("DomainName", "");
  if (!first.empty() && std::ranges::find(found.names, first) == found.names.end()) found.names.push_back(first);
  found.not_after = time_in(fields, "NotAfter");
  found.failure_reason = fields.text_or("FailureReason", "");
  found.renews_itself = fields.text_or("RenewalEligibility", "") == "ELIGIBLE";
  return found;
}

}  // namespace wsdeep::aws
