#include "net/http_response.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

#include "base/text.h"

namespace wsdeep::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string_view reason_of(int status) {
  const beast::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
  return {reason.data(), reason.size()};
}

/// Status line and the fields that are not the server's own.
std::string first_lines(const HttpResponse& response) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  for (const auto& [name, value] : response.headers) {
    if (iequals(name, "Content-Length") || iequals(name, "Connection") || iequals(name, "Transfer-Encoding")) continue;
    if (is_valid_field(name, value)) head.append(name).append(": ").append(value).append("\r\n");
  }
  return head;
}

}  // namespace

HttpResponse plain_error(int status) {
  return {status,
          {{"Content-Type", "application/json"}},
          fmt::format(R"({{"message":"{}"}})", to_lower(reason_of(status)))};
}

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string streamed_head(const HttpResponse& response, bool keep_alive, bool chunked) {
  std::string head = first_lines(response);
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive) head += "Connection: close\r\n";
  return head += "\r\n";
}

std::string response_head(const HttpResponse& response, bool keep_alive) {
  std::string head = first_lines(response);
  if (!has_no_body(response.status)) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  const bool upgrade = header(response.headers, "Upgrade").has_value();  // which has to be named (RFC 9110 §7.8)
  if (upgrade || !keep_alive)
    head += fmt::format("Connection: {}\r\n", upgrade && !keep_alive ? "upgrade, close"
                                              : upgrade              ? "upgrade"
                                                                     : "close");
  return head += "\r\n";
}

}  // namespace wsdeep::net
