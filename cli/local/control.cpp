#include "local/control.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "aws/sigv4.h"
#include "base/error.h"
#include "base/sleep.h"
#include "local/front.h"
#include "net/http_client.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::seconds kCausePatience{10};
constexpr std::chrono::milliseconds kCausePause{30};

net::HttpResponse send_signed(const char* method, const char* path, const ServerInfo& info, const Clock& clock) {
  net::HttpCall call;
  call.method = method;
  call.url = info.endpoint + path;
  call.ca_file = info.ca_file;
  call.headers = aws::sign(call.method, call.url, {}, "", {info.access_key_id, info.secret_access_key, {}, {}},
                           {info.region, kLocalService}, clock.now());
  net::HttpClient http;
  return http.send(call);
}

}  // namespace

nlohmann::json ask_status(const ServerInfo& info, const Clock& clock) {
  const net::HttpResponse response = send_signed("GET", kStatusPath, info, clock);
  const auto json = wire::try_read_json(response.body);
  if (response.status == 200 && json.is_object()) return json;
  throw Error(ErrorKind::kFailure, fmt::format("the local system answered {} to a status request", response.status));
}

std::string cause_of_failure(const ServerInfo& info, const std::string& message_id, const Clock& clock) {
  const SteadyTime until = clock.steady_now() + kCausePatience;
  for (;;) {
    const nlohmann::json failures = ask_status(info, clock).value("modelFailures", nlohmann::json());
    if (!failures.is_array()) return "";  // a system that an earlier version has started
    for (const nlohmann::json& failure : failures)
      if (failure.value("messageId", "") == message_id) return failure.value("cause", "");
    if (clock.steady_now() >= until) return "";
    sleep_for(kCausePause, {});
  }
}

nlohmann::json rotate_keys(const ServerInfo& info, const Clock& clock) {
  const net::HttpResponse response = send_signed("POST", kRotateKeysPath, info, clock);
  auto json = wire::try_read_json(response.body);
  if (response.status != 200 || !json.is_object())
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot rotate the keys: {}",
                            json.is_object() ? json.value("message", "") : fmt::format("HTTP {}", response.status)));
  return json;
}

}  // namespace wsdeep::local
