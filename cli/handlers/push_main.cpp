// POST /push/{connectionId}: a backend sends a frame to one of its clients, signed by the secret that both of us have.
#include "base/error.h"
#include "handlers/backend.h"
#include "handlers/dynamo_backend_connections.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "handlers/signing_secret.h"
#include "wire/backend_signature.h"
#include "wire/http_event.h"

namespace wsdeep::handlers {
namespace {

/// One for all threads, so that it is read once.
SecretText& secret_of_process(const Env& env, const Clock& clock) {
  static SecretText secret(env, clock, signing_secret(env));
  return secret;
}

class Push final : public Function {
 public:
  Push(const Env& env, const Clock& clock)
      : backend_(env, clock),
        callback_url_(env.require("CALLBACK_URL")),
        table_(env.require("BACKEND_TABLE")),
        secret_(secret_of_process(env, clock)) {
    if (!secret_.is_set()) env.require("BACKEND_SECRET");
    secret_.text();
  }

  std::string answer(const Call& call) override {
    const wire::HttpEvent event = wire::parse_http_event(call.invocation.payload);
    const auto found = event.path_parameters.find("connectionId");
    const std::string connection_id = found == event.path_parameters.end() ? "" : found->second;
    InvocationLog line("push", call, connection_id, backend_.clock);
    line.add("bytes", event.body.size());
    const chat::BackendOutcome outcome = push(event, connection_id, call);
    line.add("status", outcome.status);
    if (!outcome.cause.empty()) line.add("cause", outcome.cause);
    return wire::write_http_answer({outcome.status, {{"content-type", "application/json"}}, {}, outcome.body}, event);
  }

 private:
  chat::BackendOutcome push(const wire::HttpEvent& event, const std::string& connection_id, const Call& call) {
    const aws::CallContext context = context_of(call);
    const auto verdict = judge(event, connection_id, context);
    if (verdict != wire::SignatureVerdict::kGood) {
      const std::string words(wire::words_of(verdict));
      return {401, wire::backend_error(words), words, 0};
    }
    DynamoBackendConnections connections(backend_.services.dynamodb, table_, context);
    ApiReplies replies(backend_.services.connections, callback_url_, context);
    try {
      return chat::push_frame(connection_id, event.body, connections, replies);
    } catch (const Error& error) {
      return {502, wire::backend_error("nobody knows whether the frame has arrived"), error.what(), 0};
    }
  }

  wire::SignatureVerdict judge(const wire::HttpEvent& event, const std::string& connection_id,
                               const aws::CallContext& context) {
    auto verdict = wire::SignatureVerdict::kWrong;
    const auto is_known = [&](const std::string& secret) {
      verdict = wire::check_backend_signature(
          secret, {event.method, "/push/" + connection_id, event.body}, wire::header_of(event, "x-wsdeep-timestamp"),
          wire::header_of(event, "x-wsdeep-signature"), epoch_seconds(backend_.clock.now()));
      return verdict != wire::SignatureVerdict::kWrong;
    };
    secret_.fits(is_known, context);
    return verdict;
  }

  Backend backend_;
  std::string callback_url_;
  std::string table_;
  SecretText& secret_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Push>();
}
