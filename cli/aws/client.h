#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/retry_budget.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/error.h"
#include "net/http_client.h"

namespace wsdeep::aws {

/// An answer of an AWS service that is an error. `code` is the service's own (`ResourceNotFoundException`), without
/// the namespace in front; the message names service, operation, code and request id.
class ServiceError : public Error {
 public:
  ServiceError(ErrorKind kind, const std::string& message, std::string hint, std::string service_code, int http_status,
               std::string service_message, std::string response_body = {})
      : Error(kind, message, std::move(hint)),
        code_(std::move(service_code)),
        status_(http_status),
        detail_(std::move(service_message)),
        body_(std::move(response_body)) {}
  const std::string& code() const { return code_; }
  int status() const { return status_; }
  /// The service's own words, without our context around them.
  const std::string& detail() const { return detail_; }
  /// The answer as it came, for what a service says beside code and message. Never for a person.
  const std::string& body() const { return body_; }

 private:
  std::string code_;
  int status_;
  std::string detail_;
  std::string body_;
};

/// True for the errors that AWS's SDKs call throttling (`ThrottlingException`, `TooManyRequestsException`, 429, …).
bool is_throttling(const ServiceError& error);

struct RetryPolicy {
  int max_attempts = 4;
  std::chrono::milliseconds base{50};  ///< the n-th wait is a random part of base·2ⁿ, at most `cap` ("full jitter")
  std::chrono::milliseconds cap{2000};
  /// How long a call that is refused for the rate waits for its turn, apart from `max_attempts` and the client's own
  /// limit of time; zero: such refusals are failures as any other.
  std::chrono::milliseconds throttle_limit{0};
};

struct ClientOptions {
  std::string region;
  std::string endpoint;  ///< `https://dynamodb.us-east-1.amazonaws.com`, without a path
  std::string ca_file;
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds timeout{10000};
  RetryPolicy retry;
  std::shared_ptr<RetryBudget> budget;  ///< what all retries together may spend; none: no bound beside `retry`'s
  std::stop_token cancel;               ///< of every call that does not bring its own
  /// Of a call with all its attempts, where it does not bring a deadline of its own; zero: none.
  std::chrono::milliseconds call_limit{0};
  /// Called once, from another thread, by a call that takes longer than `slow_after`. May be empty.
  std::function<void()> on_slow;
  std::chrono::milliseconds slow_after{3000};
};

/// What host names of AWS's services in the region end with: `amazonaws.com`, and in other partitions theirs, such as
/// China's `amazonaws.com.cn`.
std::string_view dns_suffix(std::string_view region);

/// The endpoint of `service` (its endpoint prefix: `dynamodb`, `cognito-idp`, `lambda`, …) for a function, which has an
/// environment and no profile: AWS_ENDPOINT_URL_<SERVICE_ID>, AWS_ENDPOINT_URL, then the public one of the region. A
/// command goes by CallSettings::endpoint, which reads the profile too.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
std::string resolve_endpoint(const Env& env, std::string_view service_id, std::string_view endpoint_prefix,
                             std::string_view region);
/// That of AWS itself. Throws Error{kUsage} for what is no region.
std::string public_endpoint(std::string_view endpoint_prefix, std::string_view region);
/// `Cognito Identity Provider` → `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`
std::string endpoint_variable(std::string_view service_id);

/// When a call must have ended; the time-outs of its attempts and waits are cut to fit, and a call that no longer fits
/// is a TransportError{kTimeout}. Handlers set it to the invocation's deadline less a margin.
struct CallContext {
  std::optional<SteadyTime> deadline;
  std::stop_token cancel;
};

/// The part that all services share: signing, time-outs, retries with full jitter on throttling, 5xx and broken
/// connections, and turning error bodies (JSON `__type`/`code`, XML `<Code>`) into ServiceError. One thread at a time.
class Client {
 public:
  Client(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, std::string service_name,
         std::string signing_name, const Clock& clock);

  struct Request {
    std::string operation;  ///< for messages
    std::string method = "POST";
    std::string target = "/";  ///< path and query, percent-encoded
    net::Headers headers;
    std::string body;
    bool sign = true;
    /// False: a request that may have arrived is not sent again, neither by this client nor by libcurl.
    bool retry_safe = true;
    bool takes_redirect = false;  ///< a status of 3xx is an answer; else it is not AWS's
  };

  /// A response with status < 300, or < 400 for a request that takes a redirect. Throws ServiceError,
  /// net::TransportError.
  net::HttpResponse send(const Request& request, const CallContext& context = {});

  /// An AWS JSON protocol call (`X-Amz-Target: prefix.operation`); the answer's body. `retry_safe` as in Request.
  std::string call_json(std::string_view target_prefix, std::string_view operation, std::string body,
                        std::string_view content_type, bool sign, const CallContext& context = {},
                        bool retry_safe = true);

  const ClientOptions& options() const { return options_; }

 private:
  /// The signed call, without its time-outs.
  net::HttpCall prepare(const Request& request);

  net::HttpClient& http_;
  ClientOptions options_;
  CredentialSource& credentials_;
  std::string service_name_;
  std::string signing_name_;
  const Clock& clock_;
};

}  // namespace wsdeep::aws
