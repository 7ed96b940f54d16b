#include "llm/client/http_look.h"

#include <fmt/format.h>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "net/http_client.h"

namespace wsdeep::llm {
namespace {

constexpr std::chrono::milliseconds kLookTimeout{2000};
constexpr std::size_t kFirstWords = 80;  // columns

/// HealthCheck, as gRPC asks for it, but without a message: a server that answers before it has read one resets the
/// stream, and libcurl drops the answer.
net::HttpCall call_to_look(const Url& target, const std::string& ca_file, int version) {
  net::HttpCall call;
  call.method = "POST";
  call.url = fmt::format("{}://{}/llm.LLMService/HealthCheck", target.scheme == "grpcs" ? "https" : "http",
                         target.authority());
  call.headers = {{"Content-Type", "application/grpc"}, {"TE", "trailers"}};
  call.connect_timeout = call.timeout = kLookTimeout;
  call.ca_file = ca_file;
  call.http2 = version == 2;
  return call;
}

std::string told_answer(const net::HttpResponse& response) {
  std::string text = fmt::format("it answers HTTP {}", response.status);
  if (const auto type = net::header(response.headers, "Content-Type")) text += ", " + printable(*type);
  const std::string words = cut_end(printable(trim(response.body)), kFirstWords);
  return words.empty() ? text : text + ": " + words;
}

}  // namespace

std::string what_http_says(const Url& target, const std::string& ca_file, int version) {
  if (version != 1 && version != 2) return {};
  try {
    return told_answer(net::HttpClient().send(call_to_look(target, ca_file, version)));
  } catch (const net::TransportError&) {
    return {};
  }
}

}  // namespace wsdeep::llm
