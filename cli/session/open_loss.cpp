#include "session/open_loss.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/printable.h"
#include "wire/json_text.h"

namespace wsdeep::session {
namespace {

constexpr const char* kLookAtUrl = "check the URL: API Gateway's is wss:// and ends in the stage, such as /prod";

constexpr const char* kAuthorizerLogs =
    "its logs say why: wsdeep logs --function authorizer; the local system's are where `wsdeep local status` says";
constexpr const char* kConnectLogs =
    "its logs say why: wsdeep logs --function connect; the local system's are where `wsdeep local status` says";

struct Words {
  std::string cause;
  std::string hint{};
};

Words words_of_redirect(const net::OpenFailure& failure) {
  const std::string to = net::header(failure.headers, "Location").value_or("");
  return {fmt::format("the server sends us elsewhere ({})", failure.status),
          to.empty() ? kLookAtUrl
                     : fmt::format("if {} is yours, use it as the URL: a redirect is not followed, for the token would "
                                   "go with it",
                                   to.substr(0, to.find('?')))};
}

Words words_of_failure(int status) {
  const std::string cause = fmt::format("the server answered {}", status);
  switch (status) {
    case 500:
      return {cause + ": its authorizer failed", kAuthorizerLogs};
    case 502:
      return {cause + ": what stands behind it failed", kConnectLogs};
    case 503:
    case 504:
      return {cause + ": what stands behind it is not there, or too slow", "try again later"};
    default:
      return {cause};
  }
}

Words words_of_refusal(int status) {
  switch (status) {
    case 401:
      return {"not signed in: the token was not accepted (401)"};
    case 403:
      return {"refused: this user or origin may not connect here (403)"};
    case 404:
    case 410:
      return {fmt::format("nothing is at this address ({})", status), kLookAtUrl};
    case 407:
      return {"a proxy before the server asks for a password (407)", "name that proxy in HTTPS_PROXY"};
    case 405:
    case 426:
      return {fmt::format("the server did not see a WebSocket request ({})", status),
              "a proxy before it may not pass on Upgrade and Connection"};
    case 429:
      return {"too many connections at once (429)"};
    default:
      return {fmt::format("the server answered {}", status)};
  }
}

/// What a backend said against a session, as the handler passes it on: `{"error": "Invalid session"}`.
std::string told_error(const std::string& body) {
  constexpr std::size_t kMost = 200;
  const auto json = wire::try_read_json(body);
  if (!json.is_object()) return {};
  const auto error = json.find("error");
  return error != json.end() && error->is_string() ? ": " + printable(error->get<std::string>().substr(0, kMost)) : "";
}

Words words_of(const net::OpenFailure& failure) {
  if (failure.status == 0) return {failure.cause, failure.hint};
  if (failure.status < 300) return {fmt::format("a page answers, not a WebSocket ({})", failure.status), kLookAtUrl};
  if (failure.status < 400) return words_of_redirect(failure);
  return failure.status < 500 ? words_of_refusal(failure.status) : words_of_failure(failure.status);
}

}  // namespace

Loss loss_of(const net::OpenFailure& failure) {
  const bool refused = failure.status == 400 || failure.status == 401 || failure.status == 403 || failure.status == 407;
  Words words = words_of(failure);
  if (failure.status == 400 || failure.status == 503) words.cause += told_error(failure.body);
  return {.status = failure.status,
          .cause = std::move(words.cause),
          .hint = std::move(words.hint),
          .for_good = failure.for_good || refused};
}

}  // namespace wsdeep::session
