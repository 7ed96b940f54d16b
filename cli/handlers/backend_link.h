#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/env.h"
#include "chat/backend.h"
#include "chat/circuit.h"
#include "handlers/signing_secret.h"
#include "net/http_message.h"

namespace wsdeep::handlers {

/// Where the backend is and how it is called, as the environment says it: BACKEND_URL, BACKEND_TIMEOUT_MS,
/// BACKEND_CONNECT_TIMEOUT_MS, BACKEND_HEADERS (a JSON object of texts), BACKEND_CONTINUE, PUSH_URL.
struct BackendSetup {
  /// Throws Error{kUsage} for what is missing or out of range.
  explicit BackendSetup(const Env& env);

  std::string url;  ///< without a slash at its end
  std::chrono::milliseconds timeout;
  std::chrono::milliseconds connect_timeout;
  net::Headers headers;
  std::string push_url;  ///< a connection's is below it; empty: there is none
  chat::BackendRules rules;
};

/// What all threads of a process know of the backend: where it is, its secret, and how it has been of late.
class BackendLink {
 public:
  BackendLink(const Env& env, const Clock& clock)
      : setup(env), secret(env, clock, signing_secret(env)), clock_(clock), circuit_(random_part()) {}

  /// Nothing while the backend is to be left alone; who gets a phase tells what became of the call.
  std::optional<chat::Circuit::Phase> admit();
  void tell(chat::Circuit::Phase began, const chat::BackendReply& reply);
  /// `closed`, `open` or `half-open`.
  const char* state();
  std::chrono::milliseconds shut_for();

  /// What a connection is does not change while it lives, so that each frame need not read it from the table.
  std::optional<chat::BackendConnection> recall(std::string_view connection_id);
  void remember(const chat::BackendConnection& connection);

  const BackendSetup setup;
  SecretText secret;

 private:
  static std::function<double()> random_part();

  const Clock& clock_;
  std::mutex mutex_;
  chat::Circuit circuit_;
  std::map<std::string, chat::BackendConnection, std::less<>> known_;
};

/// The one of this process, made when it is first asked for; nullptr when BACKEND_URL is not set.
BackendLink* backend_link(const Env& env, const Clock& clock);

}  // namespace wsdeep::handlers
