#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "aws/client.h"
#include "aws/sigv4.h"
#include "support/manual_clock.h"
#include "support/scripted_http_server.h"

namespace wsdeep::testing {

/// What a test of a client needs: the scripted server that plays AWS, keys, a clock.
class AwsTest : public ::testing::Test {
 protected:
  explicit AwsTest(std::string session_token = {})
      : credentials_({"AKID", "secret", std::move(session_token), std::nullopt}) {}

  ScriptedHttpServer server_;
  ManualClock clock_;
  net::HttpClient http_;
  aws::StaticCredentials credentials_;

  /// `attempts`: of a call that may be repeated, soon.
  aws::ClientOptions options(int attempts) const {
    aws::ClientOptions options;
    options.region = "eu-west-1";
    options.endpoint = server_.url();
    options.retry = {attempts, std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
    return options;
  }

  bool is_signed() const { return net::header(server_.last_request().headers, "Authorization").has_value(); }
  /// True when the last request carries a signature for that service.
  bool is_signed_for(const std::string& service) {
    const net::HttpRequest request = server_.last_request();
    return aws::verify_signature(request.method, request.target, request.headers, request.body, credentials_.get(),
                                 {"eu-west-1", service}, clock_.now()) == aws::SignatureVerdict::kValid;
  }

  /// What `call` throws, which has to be a `Failure`: unless said otherwise, a service's refusal.
  template <typename Failure = aws::ServiceError, typename Call>
  static Failure refusal_of(Call call) {
    try {
      call();
    } catch (const Failure& failure) {
      return failure;
    }
    throw std::runtime_error("the call did not fail");
  }
};

/// A client of one AWS service.
template <typename Api, int Attempts = 1>
class AwsClientTest : public AwsTest {
 protected:
  Api client_{http_, options(Attempts), credentials_, clock_};

  /// `Operation BODY` of the last request of AWS's JSON protocol.
  std::string asked() const {
    const net::HttpRequest request = server_.last_request();
    const std::string target = net::header(request.headers, "X-Amz-Target").value();
    return target.substr(target.rfind('.') + 1) + " " + request.body;
  }

  /// The answer of AWS's query protocol.
  void answer(const std::string& action, const std::string& result) {
    server_.expect(200, "<" + action + "Response><" + action + "Result>" + result + "</" + action + "Result></" +
                            action + "Response>");
  }
  void refuse(int status, const std::string& code, const std::string& message) {
    server_.expect(status, "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + message +
                               "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>");
  }
};

}  // namespace wsdeep::testing
