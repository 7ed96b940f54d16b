#include "local/control.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "aws/sigv4.h"
#include "base/error.h"
#include "local/front.h"
#include "net/http_client.h"
#include "wire/json_text.h"

namespace wsdeep::local {

nlohmann::json ask_status(const ServerInfo& info) {
  net::HttpClient http;
  net::HttpCall call;
  call.url = info.endpoint + "/_local/status";
  call.ca_file = info.ca_file;
  const net::HttpResponse response = http.send(call);
  const auto json = wire::try_read_json(response.body);
  if (response.status == 200 && json.is_object()) return json;
  throw Error(ErrorKind::kFailure, fmt::format("the local system answered {} to a status request", response.status));
}

nlohmann::json rotate_keys(const ServerInfo& info, const Clock& clock) {
  net::HttpCall call;
  call.method = "POST";
  call.url = info.endpoint + kRotateKeysPath;
  call.ca_file = info.ca_file;
  call.headers = aws::sign(call.method, call.url, {}, "", {info.access_key_id, info.secret_access_key, {}, {}},
                           {info.region, kLocalService}, clock.now());
  net::HttpClient http;
  const net::HttpResponse response = http.send(call);
  auto json = wire::try_read_json(response.body);
  if (response.status != 200 || !json.is_object())
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot rotate the keys: {}",
                            json.is_object() ? json.value("message", "") : fmt::format("HTTP {}", response.status)));
  return json;
}

}  // namespace wsdeep::local
