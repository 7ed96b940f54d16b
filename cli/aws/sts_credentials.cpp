#include <fmt/format.h>

#include "aws/client.h"
#include "aws/credential_sources.h"
#include "aws/xml.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxWebToken = 20'000;  // the largest token that STS takes

using Form = std::vector<std::pair<std::string, std::string>>;

std::string encode_form(const Form& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    if (value.empty()) continue;
    if (!body.empty()) body += '&';
    body += name + "=" + percent_encode(value);
  }
  return body;
}

Form role_form(const SourceContext& context, const char* action, const RoleRequest& request) {
  const std::string session_name = request.session_name.empty()
                                       ? fmt::format("wsdeep-{}", epoch_seconds(context.clock.now()))
                                       : request.session_name;
  return {{"Action", action},
          {"Version", "2011-06-15"},
          {"RoleArn", request.role_arn},
          {"RoleSessionName", session_name},
          {"ExternalId", request.external_id},
          {"DurationSeconds", request.duration_seconds}};
}

/// One call of STS's query API; `by` null: not signed.
Credentials call_sts(const SourceContext& context, const Form& form, const Credentials* by) {
  ClientOptions options;
  options.region = context.calls.region().value_or("us-east-1");
  options.endpoint = context.calls.endpoint("STS", "sts", options.region);
  options.ca_file = context.calls.ca_file();
  StaticCredentials credentials(by != nullptr ? *by : Credentials());
  Client client(context.http, options, credentials, "sts", "sts", context.clock);
  Client::Request request;
  request.operation = form.front().second;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = encode_form(form);
  request.sign = by != nullptr;
  const XmlNode answer = parse_xml(client.send(request).body, "the answer of sts to " + request.operation);
  Credentials assumed{answer.text_within("AccessKeyId"), answer.text_within("SecretAccessKey"),
                      answer.text_within("SessionToken"), parse_expiry(answer.text_within("Expiration"))};
  if (assumed.access_key_id.empty() || assumed.secret_access_key.empty())
    throw Error(ErrorKind::kFailure, fmt::format("the answer of sts to {} holds no keys", request.operation));
  return assumed;
}

}  // namespace

Credentials assume_role(const SourceContext& context, const RoleRequest& request, const Credentials& by) {
  return call_sts(context, role_form(context, "AssumeRole", request), &by);
}

Credentials assume_role_with_token_file(const SourceContext& context, const RoleRequest& request,
                                        const std::string& token_file) {
  const auto token = context.files.read(token_file, kMaxWebToken);
  if (!token) throw Error(ErrorKind::kRefused, fmt::format("the web identity token file {} is missing", token_file));
  Form form = role_form(context, "AssumeRoleWithWebIdentity", request);
  std::erase_if(form, [](const auto& field) { return field.first == "ExternalId"; });
  form.emplace_back("WebIdentityToken", trim(*token));
  return call_sts(context, form, nullptr);
}

}  // namespace wsdeep::aws
