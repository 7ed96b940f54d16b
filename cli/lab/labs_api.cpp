#include "lab/labs_api.h"

#include <stop_token>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_client.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::lab {
namespace {

constexpr std::string_view kSession = "/api/labs/session";
constexpr std::string_view kBelowSession = "/api/labs/session/";
constexpr std::size_t kLongestId = 64;

std::string fetch_pool_keys(const TokenOptions& options, const std::stop_token& cancel) {
  net::HttpClient http;
  net::HttpCall call;
  call.url = options.jwks_url.empty() ? options.rules.issuer + "/.well-known/jwks.json" : options.jwks_url;
  call.ca_file = options.ca_file;
  call.connect_timeout = std::chrono::milliseconds(1000);
  call.timeout = std::chrono::milliseconds(3000);
  call.max_response_bytes = 256 * 1024;
  call.cancel = cancel;
  const net::HttpResponse response = http.send(call);
  if (response.status == 200) return response.body;
  throw Error(ErrorKind::kFailure, "the issuer answered " + std::to_string(response.status) + " to " + call.url);
}

std::string bearer_token(const net::HttpRequest& request) {
  const std::string field = net::header(request.headers, "Authorization").value_or("");
  if (field.size() < 7 || !iequals(std::string_view(field).substr(0, 7), "Bearer ")) return {};
  return std::string(trim(std::string_view(field).substr(7)));
}

std::string json_of(const SessionRecord& record) {
  wire::JsonObject json;
  json.add("sessionId", record.id)
      .add("state", record.ended ? "ended" : "running")
      .add("image", record.image)
      .add("cols", record.cols)
      .add("rows", record.rows)
      .add("createdAt", record.created)
      .add("lastUsedAt", record.last_use);
  if (!record.ended) return json.add("idleEndAt", record.idle_end).text();
  return json.add("endReason", record.end_reason).add("exitCode", record.exit_code).text();
}

/// False, and answered, unless it is there and `owner`'s.
bool is_own(const Exchange& exchange, const std::string& owner, const std::string& fault,
            const std::optional<SessionRecord>& record) {
  if (!fault.empty()) {
    log_warn("the session store does not answer", {{"cause", fault}});
    answer_store_away(exchange);
  } else if (!record) {
    answer_error(exchange, 404, "no such session");
  } else if (record->owner != owner) {
    answer_error(exchange, 403, "the session is another user's");
  } else {
    return true;
  }
  return false;
}

struct Wanted {
  int cols = 80;
  int rows = 24;
  std::string image;
};

/// Throws Error{kFailure} with what is wrong.
Wanted read_wanted(const std::string& body) {
  const wire::Json document = wire::parse_json(body.empty() ? "{}" : body, "body");
  const wire::JsonFields fields(document);
  const std::int64_t cols = fields.integer_or("cols", 80);
  const std::int64_t rows = fields.integer_or("rows", 24);
  if (!is_size(cols, rows)) throw Error(ErrorKind::kFailure, "cols: expected 2 to 500; rows: 1 to 200");
  return {static_cast<int>(cols), static_cast<int>(rows), fields.text_or("image", "")};
}

}  // namespace

/// It outlives the server by the fetch that is under way, which ends soon then.
struct LabsApi::Judge {
  explicit Judge(TokenOptions given)
      : options(std::move(given)), keys([this] { return fetch_pool_keys(options, stop.get_token()); }, clock) {}

  const TokenOptions options;
  const SystemClock clock;
  std::stop_source stop;
  auth::JwksCache keys;
};

LabsApi::LabsApi(net::EventLoop& loop, Sessions& sessions, TokenOptions options)
    : loop_(loop), sessions_(sessions), judge_(std::make_shared<Judge>(std::move(options))) {}

LabsApi::~LabsApi() {
  judge_->stop.request_stop();
}

/// Keys may have to be fetched, and signatures take time: not on the loop.
void LabsApi::serve(const Exchange& exchange, const std::string& path) {
  const std::string token = bearer_token(exchange->request());
  const net::Headers ask{{"WWW-Authenticate", "Bearer"}};
  if (token.empty()) return answer_error(exchange, 401, "a bearer token is required", ask);
  auto verdict = std::make_shared<auth::TokenVerdict>();
  loop_.run_blocking(
      [judge = judge_, token, verdict] { *verdict = judge->keys.verify(token, judge->options.rules); },
      [this, exchange, path, verdict, ask](const std::exception_ptr& failed) {
        if (failed || verdict->fault == auth::TokenFault::kKeysUnavailable)
          return answer_error(exchange, 503, "the issuer's keys cannot be fetched", {{"Retry-After", "2"}});
        if (*verdict) return route(exchange, path, verdict->claims.subject);
        log_info("a token is refused", {{"cause", auth::name_of(verdict->fault)}});
        answer_error(exchange, 401, "the token is not accepted", ask);
      });
}

void LabsApi::route(const Exchange& exchange, const std::string& path, const std::string& owner) {
  const std::string& method = exchange->request().method;
  const auto refuse_method = [&](const char* allowed) {
    answer_error(exchange, 405, "method not allowed", {{"Allow", allowed}});
  };
  if (path == kSession) return method == "POST" ? create(exchange, owner) : refuse_method("POST");
  if (path == "/api/labs/sessions") return method == "GET" ? list(exchange, owner) : refuse_method("GET");
  if (!path.starts_with(kBelowSession)) return answer_error(exchange, 404, "no such path");
  const std::string rest = path.substr(kBelowSession.size());
  const std::string id = rest.substr(0, rest.find('/'));
  if (id.empty() || id.size() > kLongestId) return answer_error(exchange, 404, "no such session");
  if (rest == id) return method == "DELETE" ? end(exchange, owner, id) : refuse_method("DELETE");
  if (rest != id + "/validate") return answer_error(exchange, 404, "no such path");
  method == "GET" ? validate(exchange, owner, id) : refuse_method("GET");
}

void LabsApi::create(const Exchange& exchange, const std::string& owner) {
  if (!exchange->request().body.empty() && !is_json(exchange->request()))
    return answer_error(exchange, 415, "the body has to be application/json");
  Wanted wanted;
  try {
    wanted = read_wanted(exchange->request().body);
  } catch (const Error& error) {
    return answer_error(exchange, 400, error.what());
  }
  sessions_.create(owner, wanted.image, wanted.cols, wanted.rows, [exchange](const Sessions::Created& created) {
    if (created.status == 201) return answer_json(exchange, 201, json_of(created.record));
    answer_error(exchange, created.status, created.fault,
                 created.status == 503 ? net::Headers{{"Retry-After", "2"}} : net::Headers{});
  });
}

void LabsApi::list(const Exchange& exchange, const std::string& owner) {
  sessions_.list(owner, [exchange](const std::string& fault, const std::vector<SessionRecord>& records) {
    if (!fault.empty()) return answer_store_away(exchange);
    std::vector<std::string> texts;
    for (const SessionRecord& record : records) texts.push_back(json_of(record));
    answer_json(exchange, 200, wire::JsonObject().add_json("sessions", wire::json_list(texts)).text());
  });
}

void LabsApi::end(const Exchange& exchange, const std::string& owner, const std::string& id) {
  sessions_.find(id, [this, exchange, owner, id](const std::string& fault, const auto& record) {
    if (!is_own(exchange, owner, fault, record)) return;
    const auto session = sessions_.running(id);
    if (!session && !record->ended && !sessions_.is_own(*record))
      return answer_error(exchange, 409, "the session runs in another lab server: only there can it be ended");
    if (session) session->end("deleted");
    exchange->respond({204, {}, {}});
  });
}

void LabsApi::validate(const Exchange& exchange, const std::string& owner, const std::string& id) {
  sessions_.find(id, [this, exchange, owner, id](const std::string& fault, const auto& record) {
    if (!is_own(exchange, owner, fault, record)) return;
    if (record->ended) return answer_error(exchange, 404, "the session has ended: " + record->end_reason);
    if (!sessions_.running(id)) return answer_error(exchange, 404, "the session runs in another lab server");
    answer_json(exchange, 200, wire::JsonObject().add("valid", true).add("sessionId", id).text());
  });
}

}  // namespace wsdeep::lab
