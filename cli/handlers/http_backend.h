#pragma once

#include "aws/client.h"
#include "chat/backend.h"
#include "handlers/backend_link.h"
#include "net/http_client.h"

namespace wsdeep::handlers {

/// A thread's connections to the backend. What has been idle for longer than servers keep a connection open is opened
/// anew: a message that goes into one that the other side has closed must not be sent again.
class BackendWire {
 public:
  net::HttpClient& client(SteadyTime now);

 private:
  net::HttpClient http_;
  SteadyTime used_at_{};
};

/// Requests to the backend over HTTP: signed, bounded by the invocation's deadline, through the circuit. One that is
/// answered 401 is sent once more when the secret turns out to have been replaced, and by the one before while that is
/// good. Lives as long as one invocation.
class HttpBackend final : public chat::BackendCalls {
 public:
  HttpBackend(BackendLink& link, BackendWire& wire, const Clock& clock, const aws::CallContext& context)
      : link_(link), wire_(wire), clock_(clock), context_(context) {}

  chat::BackendReply send(const chat::BackendRequest& request) override;
  bool pause(std::chrono::milliseconds wait) override;

 private:
  chat::BackendReply send_signed(const chat::BackendRequest& request, const std::string& secret);
  chat::BackendReply attempt(const chat::BackendRequest& request, const net::Headers& headers,
                             std::chrono::milliseconds timeout);
  net::Headers headers_of(const chat::BackendRequest& request, const std::string& secret) const;
  std::chrono::milliseconds left() const;

  BackendLink& link_;
  BackendWire& wire_;
  const Clock& clock_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
