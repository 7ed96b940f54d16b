#include "handlers/http_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "net/retry_after.h"
#include "wire/backend_signature.h"
#include "wire/chat_frames.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;
using Fault = chat::BackendReply::Fault;

/// Node's servers close an idle connection after five seconds.
constexpr milliseconds kMaxIdle{3000};
/// An attempt with less time than that would only say that there was no time.
constexpr milliseconds kLeastTimeout{100};

Fault fault_of(net::TransportFault fault) {
  switch (fault) {
    case net::TransportFault::kRefused:
    case net::TransportFault::kResolve:
      return Fault::kRefused;
    case net::TransportFault::kTimeout:
      return Fault::kTimeout;
    case net::TransportFault::kTooLarge:
      return Fault::kTooLarge;
    default:
      return Fault::kBroken;
  }
}

}  // namespace

net::HttpClient& BackendWire::client(SteadyTime now) {
  if (now - used_at_ > kMaxIdle) http_ = net::HttpClient();
  used_at_ = now;
  return http_;
}

milliseconds HttpBackend::left() const {
  if (!context_.deadline) return link_.setup.timeout;
  return std::chrono::duration_cast<milliseconds>(*context_.deadline - clock_.steady_now());
}

bool HttpBackend::pause(milliseconds wait) {
  if (left() - wait < kLeastTimeout) return false;
  std::this_thread::sleep_for(wait);
  return true;
}

chat::BackendReply HttpBackend::send(const chat::BackendRequest& request) {
  // First of all, since it may take time: what is left after it is the backend's.
  const std::string secret = link_.secret.text(false, context_);
  chat::BackendReply reply = send_signed(request, secret);
  const auto is_refused = [&reply] { return reply.fault == Fault::kNone && reply.status == 401; };
  if (secret.empty() || !is_refused()) return reply;
  const std::string anew = link_.secret.text(true, context_);
  // The backend may not have the new one yet.
  for (const std::string& other : {anew, link_.secret.previous()})
    if (is_refused() && !other.empty() && other != secret && left() >= kLeastTimeout)
      reply = send_signed(request, other);
  return reply;
}

chat::BackendReply HttpBackend::send_signed(const chat::BackendRequest& request, const std::string& secret) {
  const net::Headers headers = headers_of(request, secret);
  const milliseconds timeout = std::min(link_.setup.timeout, left());
  if (timeout < kLeastTimeout) return {Fault::kTimeout, 0, "", milliseconds(0), "no time was left to ask the backend"};
  const auto began = link_.admit();
  if (!began) {
    const milliseconds wait = link_.shut_for();
    return {Fault::kShut, 0, "", wait, fmt::format("the circuit to the backend is open for {} ms", wait.count())};
  }
  try {
    chat::BackendReply reply = attempt(request, headers, timeout);
    link_.tell(*began, reply);
    return reply;
  } catch (const net::TransportError& error) {
    chat::BackendReply reply{fault_of(error.fault()), 0, "", milliseconds(0), error.what()};
    link_.tell(*began, reply);
    return reply;
  }
}

net::Headers HttpBackend::headers_of(const chat::BackendRequest& request, const std::string& secret) const {
  const wire::BackendClient& client = request.client;
  net::Headers headers{{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  headers.emplace_back("X-Connection-Id", client.connection_id);
  headers.emplace_back("X-Session-Id", client.session_id);
  headers.emplace_back("X-User-Id", client.user_id);
  if (!link_.setup.push_url.empty())
    headers.emplace_back("X-Push-Url", fmt::format("{}/push/{}", link_.setup.push_url, client.connection_id));
  if (!request.bearer.empty()) headers.emplace_back("Authorization", "Bearer " + request.bearer);
  // What is no field would end the request's head; and nobody is to go by a request that lacks one.
  for (const auto& [name, value] : headers)
    if (!wire::is_signable_value(value))
      throw Error(ErrorKind::kFailure, fmt::format("the value of {} cannot be sent as a header", name));
  headers.insert(headers.end(), link_.setup.headers.begin(), link_.setup.headers.end());
  if (secret.empty()) return headers;
  const std::string timestamp = std::to_string(epoch_seconds(clock_.now()));
  headers.emplace_back(wire::kTimestampHeader, timestamp);
  const std::string covered = wire::signed_headers(headers);
  headers.emplace_back(
      wire::kSignatureHeader,
      wire::backend_signature(secret, {request.method, request.path, request.body, covered}, timestamp));
  return headers;
}

chat::BackendReply HttpBackend::attempt(const chat::BackendRequest& request, const net::Headers& headers,
                                        milliseconds timeout) {
  net::HttpCall call;
  call.method = request.method;
  call.url = link_.setup.url + request.path;
  call.headers = headers;
  call.body = request.body;
  call.connect_timeout = std::min(link_.setup.connect_timeout, timeout);
  call.timeout = timeout;
  call.max_response_bytes = wire::kMaxMessageBytes;
  call.send_once = request.method == "POST";
  net::HttpResponse response = wire_.client(clock_.steady_now()).send(call);
  chat::BackendReply reply;
  reply.status = response.status;
  reply.retry_after = net::retry_after(response.headers, clock_.now()).value_or(milliseconds(0));
  reply.body = std::move(response.body);
  return reply;
}

}  // namespace wsdeep::handlers
