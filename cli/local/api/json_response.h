#pragma once

#include <string>
#include <utility>

#include "net/http_message.h"

namespace wsdeep::local {

/// An answer whose body is `json`.
inline net::HttpResponse json_response(int status, std::string json, net::Headers headers = {}) {
  headers.emplace_back("Content-Type", "application/json");
  return {status, std::move(headers), std::move(json)};
}

}  // namespace wsdeep::local
