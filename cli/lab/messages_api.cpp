#include "lab/messages_api.h"

#include "base/error.h"
#include "base/log.h"
#include "wire/backend_signature.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kLongestConnection = 256;
constexpr std::size_t kLongestClient = 128;
constexpr std::size_t kLongestSession = 64;
constexpr std::size_t kMostTypedAtOnce = 32 * 1024;

std::string pong() {
  return wire::JsonObject().add("type", "pong").add("timestamp", epoch_ms(std::chrono::system_clock::now())).text();
}

std::string header_text(const Exchange& exchange, std::string_view name) {
  return net::header(exchange->request().headers, name).value_or("");
}

std::string forbidden() {
  return error_frame("forbidden", "the session is another user's");
}

std::pair<int, int> size_of(const wire::JsonFields& fields) {
  const std::int64_t cols = fields.integer("cols");
  const std::int64_t rows = fields.integer("rows");
  if (!is_size(cols, rows)) throw Error(ErrorKind::kFailure, "cols: expected 2 to 500; rows: 1 to 200");
  return {static_cast<int>(cols), static_cast<int>(rows)};
}

std::string typed_text(const wire::JsonFields& fields) {
  std::string text = fields.text("data");
  if (text.size() > kMostTypedAtOnce) throw Error(ErrorKind::kFailure, "data: expected at most 32768 bytes");
  return text;
}

std::uint64_t number_of(const wire::JsonFields& fields) {
  const std::int64_t number = fields.integer("seq");
  if (number < 0) throw Error(ErrorKind::kFailure, "seq: expected a number from 0 on");
  return static_cast<std::uint64_t>(number);
}

/// Throws Error{kFailure} for what is wrong with the frame.
void dispatch(const wire::JsonFields& fields, Session& session, const MessageSource& source,
              const Session::Answer& answer) {
  const std::string type = fields.text_or("type", "");
  if (type == "command") return session.command(fields.text("command"), source, answer);
  if (type == "resize") {
    const auto [cols, rows] = size_of(fields);
    return answer(session.resize(cols, rows));
  }
  if (type == "attach") {
    const auto [cols, rows] = size_of(fields);
    const std::string client = fields.text_or("client", "");
    if (client.size() > kLongestClient) throw Error(ErrorKind::kFailure, "client: expected at most 128 bytes");
    return answer(session.attach(cols, rows, client, source));
  }
  if (type == "input") return answer(session.input(source, number_of(fields), typed_text(fields)));
  if (type == "detach") return answer(session.detach(source));
  answer(wire::JsonObject().add("type", "unknown_command").text());
}

}  // namespace

void MessagesApi::serve(const Exchange& exchange, const std::string& path) {
  const net::HttpRequest& request = exchange->request();
  const bool is_message = path == "/api/ws/message";
  if (!is_message && path != "/api/ws/disconnect") return answer_error(exchange, 404, "no such path");
  if (request.method != "POST") return answer_error(exchange, 405, "method not allowed", {{"Allow", "POST"}});
  if (!is_signed(exchange, path)) return;
  if (!is_json(request)) return answer_error(exchange, 415, "the body has to be application/json");
  try {
    is_message ? message(exchange) : disconnect(exchange);
  } catch (const Error& error) {
    answer_error(exchange, 400, error.what());
  }
}

bool MessagesApi::is_signed(const Exchange& exchange, const std::string& path) const {
  if (!secret_) return true;
  const net::HttpRequest& request = exchange->request();
  auto verdict = wire::SignatureVerdict::kWrong;
  const auto is_known = [&](const std::string& secret) {
    verdict = wire::check_backend_signature(
        secret, {request.method, path, request.body, wire::signed_headers(request.headers)},
        header_text(exchange, wire::kTimestampHeader), header_text(exchange, wire::kSignatureHeader),
        epoch_seconds(std::chrono::system_clock::now()));
    return verdict != wire::SignatureVerdict::kWrong;
  };
  secret_->fits(is_known);
  if (verdict == wire::SignatureVerdict::kGood) return true;
  log_warn("a request is not signed as it should be", {{"cause", wire::words_of(verdict)}});
  answer_error(exchange, 401, wire::words_of(verdict));
  return false;
}

/// What is wrong with a frame is told to the client, as a frame; what is wrong with the request, to the service.
void MessagesApi::message(const Exchange& exchange) {
  const wire::Json document = wire::parse_json(exchange->request().body, "body");
  const wire::JsonFields fields(document);
  const auto answer = [exchange](const std::string& frame) { answer_json(exchange, 200, frame); };
  const MessageSource source{fields.text("connectionId"), header_text(exchange, "X-Push-Url")};
  if (source.connection.empty() || source.connection.size() > kLongestConnection)
    throw Error(ErrorKind::kFailure, "connectionId: expected 1 to 256 characters");
  if (!source.push_url.empty() && !sessions_.pushes().allows(source.push_url, source.connection))
    throw Error(ErrorKind::kFailure, "X-Push-Url: not where frames for this connection are pushed to");
  if (const wire::Json* type = fields.find("type"); type != nullptr && *type == "ping") return answer(pong());
  const std::string user = fields.text_or("userId", "");
  const auto session = sessions_.running(fields.text_or("sessionId", ""));
  if (!session) return say_where(fields.text_or("sessionId", ""), user, answer);
  if (!is_owner(user, session->record())) return answer(forbidden());
  try {
    dispatch(fields, *session, source, answer);
  } catch (const Error& error) {
    answer(error_frame("invalid_message", error.what()));
  }
}

bool MessagesApi::is_owner(const std::string& user, const SessionRecord& record) const {
  return !secret_ || user == record.owner;
}

/// It does not run here, which is no reason to say that it has ended: two servers may share a store, and that may be
/// away.
void MessagesApi::say_where(const std::string& id, const std::string& user, const Session::Answer& answer) {
  const std::string none = error_frame("session_ended", "the session has ended, or never was");
  if (id.empty() || id.size() > kLongestSession) return answer(none);
  sessions_.find(id, [this, user, answer, none](const std::string& fault, const std::optional<SessionRecord>& record) {
    if (!fault.empty()) return answer(error_frame("store_away", "the lab's session store is not there: try again"));
    if (!record) return answer(none);
    if (!is_owner(user, *record)) return answer(forbidden());
    if (!record->ended && !sessions_.is_own(*record))
      return answer(error_frame("session_elsewhere", "the session runs in another lab server: try again"));
    answer(error_frame("session_ended",
                       "the session has ended" + (record->ended ? ": " + record->end_reason : std::string())));
  });
}

void MessagesApi::disconnect(const Exchange& exchange) {
  const wire::Json document = wire::parse_json(exchange->request().body, "body");
  sessions_.drop_connection(wire::JsonFields(document).text("connectionId"));
  answer_json(exchange, 200, R"({"success":true})");
}

}  // namespace wsdeep::lab
