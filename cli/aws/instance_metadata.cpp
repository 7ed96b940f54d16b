#include "aws/instance_metadata.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

constexpr std::string_view kFolder = "/latest/meta-data";
constexpr std::size_t kMaxAnswer = 64 << 10;
constexpr std::chrono::seconds kTimeout{1};

std::string endpoint(const Env& env) {
  if (auto own = env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    while (own->ends_with('/')) own->pop_back();
    return *own;
  }
  const bool v6 = iequals(env.get_or("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", ""), "ipv6");
  return v6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

/// A notice is a notice, whatever it says.
SpotNotice read_spot_notice(const std::string& text) {
  try {
    const wire::Json document = wire::parse_json(text, "spot/instance-action");
    const wire::JsonFields fields(document);
    return {fields.text("action"), parse_iso8601(fields.text("time"))};
  } catch (const Error&) {
    return {"interrupt", std::nullopt};
  }
}

}  // namespace

bool instance_metadata_is_disabled(const Env& env) {
  return iequals(env.get_or("AWS_EC2_METADATA_DISABLED", ""), "true");
}

InstanceMetadata::InstanceMetadata(net::HttpClient& http, const Env& env, std::stop_token cancel)
    : http_(http), base_(endpoint(env)), cancel_(std::move(cancel)) {}

bool InstanceMetadata::open_session() {
  try {
    const net::HttpResponse answer =
        send("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds", "21600"});
    token_ = answer.status == 200 ? trim(answer.body) : std::string_view();
    return !token_.empty();
  } catch (const net::TransportError&) {
    return false;
  }
}

net::HttpResponse InstanceMetadata::get(const std::string& path) {
  return send("GET", path, {"X-aws-ec2-metadata-token", token_});
}

std::optional<std::string> InstanceMetadata::value(const std::string& path) {
  if (token_.empty() && !open_session())
    throw Error(ErrorKind::kFailure, fmt::format("{} does not answer as an instance's would", base_));
  net::HttpResponse answer = get(path);
  if (answer.status == 401 && open_session()) answer = get(path);
  if (answer.status == 404) return std::nullopt;
  if (answer.status != 200)
    throw Error(ErrorKind::kFailure,
                fmt::format("the instance metadata service answered HTTP {} for {}", answer.status, path));
  return std::string(trim(answer.body));
}

net::HttpResponse InstanceMetadata::send(const char* method, const std::string& path,
                                         std::pair<std::string, std::string> header) {
  net::HttpCall call;
  call.method = method;
  call.url = base_ + path;
  call.headers = {std::move(header)};
  call.connect_timeout = kTimeout;
  call.timeout = kTimeout;
  call.max_response_bytes = kMaxAnswer;
  call.cancel = cancel_;
  return http_.send(call);
}

InstanceNotices read_instance_notices(InstanceMetadata& metadata) {
  const auto at = [&](std::string_view name) { return metadata.value(fmt::format("{}/{}", kFolder, name)); };
  InstanceNotices notices;
  if (const auto text = at("spot/instance-action")) notices.spot = read_spot_notice(*text);
  notices.rebalance = at("events/recommendations/rebalance").has_value();
  notices.target_state = at("autoscaling/target-lifecycle-state").value_or("");
  return notices;
}

}  // namespace wsdeep::aws
