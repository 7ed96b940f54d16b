#include "session/lab_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/error.h"
#include "base/printable.h"
#include "net/retry_after.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::session {
namespace {

constexpr std::size_t kMostIdBytes = 128;
constexpr std::size_t kMostAnswer = std::size_t{1} << 20;
constexpr std::size_t kMostWords = 300;

/// `error` of the answer, or `message` as API Gateway has it; empty for a page that is neither.
std::string words_of_answer(const std::string& body) {
  try {
    const wire::Json document = wire::parse_json(body, "answer");
    const wire::JsonFields fields(document);
    return printable(fields.text_or("error", fields.text_or("message", "")).substr(0, kMostWords));
  } catch (const Error&) {
    return {};
  }
}

Error refused_lab_call(const std::string& operation, const net::HttpResponse& response) {
  const std::string words = words_of_answer(response.body);
  const std::string cause = words.empty() ? fmt::format("the lab answered {}", response.status)
                                          : fmt::format("{} ({})", words, response.status);
  const std::string message = operation + ": " + cause;
  const auto wait = net::header(response.headers, "Retry-After");
  switch (response.status) {
    case 401:
      return {ErrorKind::kRefused, message, "sign in with: wsdeep login USER"};
    case 403:
      return {ErrorKind::kRefused, message};
    case 404:
    case 410:
      return {ErrorKind::kNotFound, message, "your sessions: wsdeep lab list; a new one: wsdeep lab new"};
    case 429:
      return {ErrorKind::kFailure, message, "end one that is not needed: wsdeep lab list, wsdeep lab end SESSION"};
    case 502:
    case 503:
    case 504:
      return {ErrorKind::kFailure, message,
              wait ? fmt::format("try again in {} s", printable(*wait)) : std::string("try again later")};
    default:
      return {ErrorKind::kFailure, message};
  }
}

LabSession read_lab_session(const wire::JsonFields& fields) {
  LabSession session;
  session.id = fields.text("sessionId");
  session.state = fields.text_or("state", "");
  session.created_ms = fields.integer_or("createdAt", 0);
  session.used_ms = fields.integer_or("lastUsedAt", 0);
  session.size.columns = static_cast<int>(std::clamp<std::int64_t>(fields.integer_or("cols", 0), 0, 10'000));
  session.size.rows = static_cast<int>(std::clamp<std::int64_t>(fields.integer_or("rows", 0), 0, 10'000));
  return session;
}

}  // namespace

bool is_lab_session_id(const std::string& id) {
  return !id.empty() && id.size() <= kMostIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

LabApi::LabApi(std::string url, std::string ca_file, std::string token)
    : url_(std::move(url)), ca_file_(std::move(ca_file)), token_(std::move(token)) {}

std::string LabApi::call(const std::string& operation, const std::string& method, const std::string& path,
                         const std::string& body) {
  net::HttpCall call;
  call.method = method;
  call.url = url_ + path;
  call.ca_file = ca_file_;
  call.headers = {{"Authorization", "Bearer " + token_}, {"Accept", "application/json"}, {"User-Agent", "wsdeep"}};
  if (!body.empty()) call.headers.emplace_back("Content-Type", "application/json");
  call.body = body;
  call.send_once = method == "POST";
  call.max_response_bytes = kMostAnswer;
  call.timeout = std::chrono::seconds(30);
  const net::HttpResponse response = [&] {
    try {
      return http_.send(call);
    } catch (const net::TransportError& fault) {
      throw Error(
          ErrorKind::kFailure, operation + ": " + fault.what(),
          fault.fault() == net::TransportFault::kRefused ? "the lab's server does not run there" : fault.hint());
    }
  }();
  if (response.status / 100 != 2) throw refused_lab_call(operation, response);
  return response.body;
}

std::string LabApi::create(const LabSize& size, const std::string& image) {
  const std::string operation = "cannot make a session";
  wire::JsonObject wanted;
  const LabSize nearest = nearest_lab_size(size);
  wanted.add("cols", nearest.columns).add("rows", nearest.rows);
  if (!image.empty()) wanted.add("image", image);
  const std::string body = call(operation, "POST", "/api/labs/session", wanted.text());
  try {
    const wire::Json document = wire::parse_json(body, "the lab's answer");
    std::string id = wire::JsonFields(document).text("sessionId");
    if (is_lab_session_id(id)) return id;
  } catch (const Error& error) {
    throw Error(ErrorKind::kFailure, operation + ": " + error.what(), "is this the lab's server?");
  }
  throw Error(ErrorKind::kFailure, operation + ": the lab's answer has no id", "is this the lab's server?");
}

std::vector<LabSession> LabApi::list() {
  const std::string operation = "cannot list the sessions";
  const std::string body = call(operation, "GET", "/api/labs/sessions");
  try {
    const wire::Json document = wire::parse_json(body, "the lab's answer");
    std::vector<LabSession> sessions;
    for (const wire::Json& one : wire::JsonFields(document).list("sessions"))
      sessions.push_back(read_lab_session(wire::JsonFields(one, "sessions")));
    return sessions;
  } catch (const Error& error) {
    throw Error(ErrorKind::kFailure, operation + ": " + error.what(), "is this the lab's server?");
  }
}

void LabApi::end(const std::string& id) {
  call(fmt::format("cannot end the session {}", id), "DELETE", "/api/labs/session/" + id);
}

void LabApi::validate(const std::string& id) {
  call(fmt::format("cannot connect to the session {}", id), "GET", "/api/labs/session/" + id + "/validate");
}

}  // namespace wsdeep::session
