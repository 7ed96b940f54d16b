#include "aws/codedeploy.h"

#include <algorithm>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kCodeDeployJson = "application/x-amz-json-1.1";
constexpr const char* kCodeDeployPrefix = "CodeDeploy_20141006";
constexpr std::string_view kAlarmsFollow = "Activated alarms:";
constexpr std::size_t kMostLookedAt = 5;

std::string one_deployment(const std::string& id) {
  return wire::JsonObject().add("deploymentId", id).text();
}

struct Shift {
  double created = 0;
  ShiftFailure failure;
};

Shift read_shift(const std::string& id, const std::string& answer) {
  const wire::Json document = wire::parse_json(answer, "GetDeployment");
  const wire::JsonFields info = wire::JsonFields(document).object("deploymentInfo");
  Shift shift{info.number_if("createTime").value_or(0), {id, info.text_or("status", ""), "", ""}};
  if (const auto error = info.object_if("errorInformation")) {
    shift.failure.code = error->text_or("code", "");
    shift.failure.message = error->text_or("message", "");
  }
  return shift;
}

}  // namespace

std::vector<std::string> ShiftFailure::alarms() const {
  std::vector<std::string> names;
  std::size_t at = message.find(kAlarmsFollow);
  while (at != std::string::npos) {
    const std::size_t begin = message.find('<', at);
    const std::size_t end = begin == std::string::npos ? begin : message.find('>', begin);
    if (end == std::string::npos) break;
    names.push_back(message.substr(begin + 1, end - begin - 1));
    at = end;
  }
  return names;
}

CodeDeploy::CodeDeploy(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "codedeploy", "codedeploy", clock) {}

std::string CodeDeploy::call(const char* operation, const std::string& body) {
  return client_.call_json(kCodeDeployPrefix, operation, body, kCodeDeployJson, true);
}

std::vector<ShiftFailure> CodeDeploy::failures(const std::string& application, const std::string& group,
                                               SystemTime since) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since.time_since_epoch()).count();
  const std::string body = wire::JsonObject()
                               .add("applicationName", application)
                               .add("deploymentGroupName", group)
                               .add_json("includeOnlyStatuses", wire::json_strings({"Failed", "Stopped"}))
                               .add_json("createTimeRange", wire::JsonObject().add("start", seconds).text())
                               .text();
  const std::string answer = call("ListDeployments", body);
  const wire::Json document = wire::parse_json(answer, "ListDeployments");
  std::vector<Shift> shifts;
  const std::vector<std::string> ids =
      wire::JsonFields(document).texts_if("deployments").value_or(std::vector<std::string>{});
  for (const std::string& id : ids)
    if (shifts.size() < kMostLookedAt) shifts.push_back(read_shift(id, call("GetDeployment", one_deployment(id))));
  std::stable_sort(shifts.begin(), shifts.end(), [](const Shift& a, const Shift& b) { return a.created > b.created; });
  std::vector<ShiftFailure> found;
  for (Shift& shift : shifts) found.push_back(std::move(shift.failure));
  return found;
}

}  // namespace wsdeep::aws
