#include "handlers/backend_link.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "wire/json_fields.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxKnown = 10'000;

milliseconds duration_in(const Env& env, const char* name, milliseconds fallback, std::int64_t high) {
  const auto text = env.get(name);
  if (!text) return fallback;
  if (const auto ms = parse_integer(*text, 100, high)) return milliseconds(*ms);
  throw Error(ErrorKind::kUsage, fmt::format("environment variable {} must be a number from 100 to {}", name, high));
}

net::Headers headers_in(const Env& env) {
  net::Headers headers;
  const std::string text = env.get_or("BACKEND_HEADERS", "{}");
  const wire::Json document = wire::parse_json(text, "BACKEND_HEADERS");
  const wire::JsonFields fields(document);
  for (const auto& item : document.items()) {
    const std::string value = fields.text(item.key());
    if (!net::is_valid_field(item.key(), value))
      throw Error(ErrorKind::kUsage, fmt::format("BACKEND_HEADERS: {} cannot be sent as a header", item.key()));
    headers.emplace_back(item.key(), value);
  }
  return headers;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

BackendSetup::BackendSetup(const Env& env)
    : url(without_slash(env.require("BACKEND_URL"))),
      timeout(duration_in(env, "BACKEND_TIMEOUT_MS", milliseconds(10'000), 28'000)),
      connect_timeout(duration_in(env, "BACKEND_CONNECT_TIMEOUT_MS", milliseconds(2'000), 10'000)),
      headers(headers_in(env)),
      push_url(without_slash(env.get_or("PUSH_URL", ""))) {
  rules.continue_when_down = env.get_or("BACKEND_CONTINUE", "false") == "true";
}

std::function<double()> BackendLink::random_part() {
  return [] { return random_unit(); };
}

std::optional<chat::Circuit::Phase> BackendLink::admit() {
  const std::lock_guard lock(mutex_);
  return circuit_.admit(clock_.steady_now());
}

void BackendLink::tell(chat::Circuit::Phase began, const chat::BackendReply& reply) {
  const std::lock_guard lock(mutex_);
  const auto before = circuit_.state();
  if (chat::is_down(reply))
    circuit_.failed(began, clock_.steady_now(), reply.retry_after);
  else
    circuit_.succeeded();
  if (circuit_.state() == before) return;
  log_warn("the circuit to the backend has changed",
           {{"from", chat::name_of(before)}, {"to", chat::name_of(circuit_.state())}});
}

const char* BackendLink::state() {
  const std::lock_guard lock(mutex_);
  return chat::name_of(circuit_.state());
}

milliseconds BackendLink::shut_for() {
  const std::lock_guard lock(mutex_);
  return circuit_.remaining(clock_.steady_now());
}

std::optional<chat::BackendConnection> BackendLink::recall(std::string_view connection_id) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(connection_id);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void BackendLink::remember(const chat::BackendConnection& connection) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[connection.client.connection_id] = connection;
}

BackendLink* backend_link(const Env& env, const Clock& clock) {
  if (!env.get("BACKEND_URL")) return nullptr;
  static const auto link = std::make_unique<BackendLink>(env, clock);
  return link.get();
}

}  // namespace wsdeep::handlers
