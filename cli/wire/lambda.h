#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The Lambda Runtime API's envelopes (contract §4). https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
namespace wsdeep::wire {

struct Invocation {
  std::string request_id;
  std::int64_t deadline_ms = 0;  ///< epoch
  std::string function_arn;
  std::string trace_id;
  std::string payload;
};

/// `{errorMessage, errorType, stackTrace[]}`
struct FunctionError {
  std::string message;
  std::string type;  ///< `Function.Xxx` or `Runtime.Xxx`
};

std::string encode(const FunctionError& error);
/// Never throws: a body that is not such an object becomes a FunctionError with that body as the message.
FunctionError parse_function_error(std::string_view json);

inline constexpr std::size_t kMaxLambdaPayloadBytes = 6 * 1024 * 1024;

}  // namespace wsdeep::wire
