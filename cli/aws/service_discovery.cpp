#include "aws/service_discovery.h"

#include "base/error.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kCloudMapTarget = "Route53AutoNaming_v20170314";
constexpr const char* kCloudMapContent = "application/x-amz-json-1.1";
constexpr int kMostInstancePages = 100;

}  // namespace

ServiceDiscovery::ServiceDiscovery(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                                   const Clock& clock)
    : client_(http, std::move(options), credentials, "servicediscovery", "servicediscovery", clock) {}

std::vector<std::string> ServiceDiscovery::instances(const std::string& service) {
  std::vector<std::string> found;
  std::string next;
  for (int page = 0; page < kMostInstancePages; ++page) {
    wire::JsonObject body;
    body.add("ServiceId", service);
    if (!next.empty()) body.add("NextToken", next);
    const wire::Json answer =
        wire::parse_json(client_.call_json(kCloudMapTarget, "ListInstances", body.text(), kCloudMapContent, true),
                         "the answer to ListInstances");
    const wire::JsonFields fields(answer);
    if (fields.find("Instances") != nullptr)
      for (const wire::Json& entry : fields.list("Instances"))
        found.push_back(wire::JsonFields(entry, "Instances").text("Id"));
    next = fields.text_or("NextToken", "");
    if (next.empty()) return found;
  }
  throw Error(ErrorKind::kFailure, "the answers to ListInstances do not end");
}

bool ServiceDiscovery::deregister(const std::string& service, const std::string& instance) {
  try {
    // Asked for twice it is DuplicateRequest or InstanceNotFound, which is as good.
    client_.call_json(kCloudMapTarget, "DeregisterInstance",
                      wire::JsonObject().add("ServiceId", service).add("InstanceId", instance).text(), kCloudMapContent,
                      true);
    return true;
  } catch (const ServiceError& error) {
    if (error.code() != "InstanceNotFound" && error.code() != "DuplicateRequest") throw;
    return false;
  }
}

bool is_missing_service(const ServiceError& error) {
  return error.code() == "ServiceNotFound";
}

}  // namespace wsdeep::aws
