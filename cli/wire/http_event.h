#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP requests as functions get them, and what they answer: from an HTTP API and a function URL (payload 2.0), from a
/// REST API and from the test events of SAM (1.0).
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
namespace wsdeep::wire {

using NamedTexts = std::map<std::string, std::string, std::less<>>;

/// A request that a function gets.
struct HttpEvent {
  std::string method;                                      ///< `GET` …; empty in an event that names none
  std::string path;                                        ///< without the stage; empty in an event that names none
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  /// Names in lower case; one that came more than once has its values joined by `,`. `cookie` holds all of `cookies`.
  NamedTexts headers;
  std::vector<std::string> cookies;  ///< `name=value`
  NamedTexts path_parameters;        ///< decoded
  std::string body;                  ///< decoded from base64 where it is
  std::string request_id, source_ip, domain_name, stage, api_id;
  std::int64_t received_at_ms = 0;  ///< when the gateway got it, epoch; 0: it does not say
  bool version_1 = false;           ///< asks for an answer in payload 1.0's shape
};

/// Throws Error{kUsage} that names the field that is missing, of another type, or no base64. A field that a request may
/// well be answered without, such as the method of SAM's short test events, may be missing.
HttpEvent parse_http_event(std::string_view payload);

/// The value of header `name` (in lower case); empty when there is none.
std::string_view header_of(const HttpEvent& event, std::string_view name);
/// The first value of `name` in the query; nothing is told apart from empty.
std::string_view query_of(const HttpEvent& event, std::string_view name);

struct HttpAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> cookies;  ///< values of Set-Cookie
  std::string body;
};

/// A body that is no UTF-8 goes as base64.
std::string write_http_answer(const HttpAnswer& answer, const HttpEvent& to);

/// Between the head and the body of an answer that is streamed. The head is JSON, which has no NUL in it.
inline constexpr std::size_t kPreludeEndBytes = 8;
/// The content type of such an answer.
inline constexpr std::string_view kStreamedAnswerType = "application/vnd.awslambda.http-integration-response";
/// The head of a streamed answer with the NULs behind it; its body follows as it is.
std::string write_http_prelude(const HttpAnswer& answer);
/// The head alone, without the NULs. Throws Error{kFailure}.
HttpAnswer parse_http_prelude(std::string_view json);

/// What a gateway knows of a request that HttpEvent has no place for.
struct HttpOrigin {
  std::string route_key;  ///< `GET /chats/{id}`; `$default` for a function URL
  std::string raw_query;
  std::string account;
  std::string protocol = "HTTP/1.1";
  std::int64_t time_ms = 0;
};
/// Payload 2.0.
std::string write_http_event(const HttpEvent& event, const HttpOrigin& origin);
/// What a function answered, read as API Gateway reads payload 2.0: without a `statusCode` all of it is the body of a
/// 200 of type application/json. Throws Error{kFailure} for what API Gateway answers with a 500.
HttpAnswer parse_http_answer(std::string_view json);

}  // namespace wsdeep::wire
