#pragma once

#include "aws/connections_api.h"
#include "aws/dynamodb.h"
#include "aws/lambda.h"
#include "base/clock.h"
#include "base/env.h"
#include "handlers/config.h"
#include "handlers/runtime.h"
#include "net/http_client.h"

namespace wsdeep::handlers {

/// What one thread of a handler keeps between invocations: its connections to the services. Nothing is opened before
/// it is used.
struct Services {
  Services(const Env& env, const Clock& clock)
      : credentials(handlers::credentials(env)),
        dynamodb(http, client_options(env, "DYNAMODB", "dynamodb"), credentials, clock),
        connections(http, client_options(env, "APIGATEWAYMANAGEMENTAPI", "execute-api"), credentials, clock),
        lambda(http, client_options(env, "LAMBDA", "lambda"), credentials, clock) {}

  net::HttpClient http;
  aws::StaticCredentials credentials;
  aws::DynamoDb dynamodb;
  aws::ConnectionsApi connections;
  aws::Lambda lambda;
};

/// The bound for the calls of one invocation: what is left after it is for answering.
inline aws::CallContext context_of(const Call& call) {
  constexpr std::chrono::milliseconds kToAnswer{200};
  return {call.deadline - kToAnswer, {}};
}

}  // namespace wsdeep::handlers
