#include "aws/service_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "aws/xml.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_text.h"

namespace wsdeep::aws {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMessage = 500;
constexpr std::size_t kMaxFaultBody = 256 << 10;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://…` → `ResourceNotFoundException`
std::string bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  const std::size_t hash = code.rfind('#');
  return std::string(trim(hash == std::string_view::npos ? code : code.substr(hash + 1)));
}

std::string first_string(const json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

/// One line of readable text. A refused signature is answered with the whole canonical request, session token
/// included, on further lines: only the first line is safe to show.
std::string presentable(std::string_view message) {
  message = trim(message);
  message = message.substr(0, message.find('\n'));
  if (!is_utf8(message)) return "(unreadable message)";
  return strip_control(trim(utf8_cut(message, kMaxMessage)));
}

void read_json_fault(std::string_view body, ServiceFault& fault) {
  const json document = wire::try_read_json(body);
  if (!document.is_object()) return;
  if (fault.code.empty()) fault.code = bare_code(first_string(document, {"__type", "code", "Code"}));
  fault.message = first_string(document, {"message", "Message", "errorMessage"});
}

void read_xml_fault(std::string_view body, ServiceFault& fault) {
  const XmlNode document = parse_xml(body, "the error");
  if (fault.code.empty()) fault.code = bare_code(document.text_within("Code"));
  fault.message = document.text_within("Message");
  for (const char* name : {"RequestId", "RequestID"})
    if (fault.request_id.empty()) fault.request_id = document.text_within(name);
}

/// A body that cannot be read says nothing: the page of a proxy, or one that was cut.
void read_body(std::string_view body, ServiceFault& fault) {
  if (body.starts_with('{')) return read_json_fault(body, fault);
  try {
    if (body.starts_with('<')) read_xml_fault(body, fault);
  } catch (const Error&) {
  }
}

bool is_clock_fault(const ServiceFault& fault) {
  if (is_one_of(fault.code, {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})) return true;
  return fault.code.find("Signature") != std::string::npos &&
         (fault.message.find("expired") != std::string::npos || fault.message.find("current") != std::string::npos);
}

bool is_signature_fault(std::string_view code) {
  return code.starts_with("InvalidSignature") || code.starts_with("SignatureDoesNotMatch") ||
         code.starts_with("IncompleteSignature");
}

bool is_unknown_key(std::string_view code) {
  return code.starts_with("UnrecognizedClient") ||
         is_one_of(code, {"InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure", "InvalidToken"});
}

bool is_expired_token(std::string_view code) {
  return code.starts_with("ExpiredToken") || is_one_of(code, {"TokenRefreshRequired"});
}

bool is_access_denied(std::string_view code) {
  return code.starts_with("AccessDenied") ||
         is_one_of(code, {"ForbiddenException", "UnauthorizedOperation", "AuthorizationError"});
}

ErrorKind kind_of(const ServiceFault& fault, int status) {
  const std::string_view code = fault.code;
  if (code.find("NotFound") != std::string_view::npos || code.starts_with("NoSuch") || status == 404)
    return ErrorKind::kNotFound;
  const bool refused = is_access_denied(code) || is_unknown_key(code) || is_expired_token(code) ||
                       is_signature_fault(code) || is_clock_fault(fault) || code == "NotAuthorizedException" ||
                       code == "RefreshTokenReuseException" || code.starts_with("MissingAuthenticationToken") ||
                       status == 401 || status == 403;
  return refused ? ErrorKind::kRefused : ErrorKind::kFailure;
}

/// How far this machine's clock is from the `Date` of the answer (RFC 9110 §5.6.7); nothing without a readable one.
std::optional<std::chrono::seconds> clock_offset(const net::Headers& headers, SystemTime now) {
  const std::string date = net::header(headers, "date").value_or("");
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  char month[4] = {};
  if (std::sscanf(date.c_str(), "%*3c, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute, &second) != 6)
    return std::nullopt;
  const std::size_t at = std::string_view("JanFebMarAprMayJunJulAugSepOctNovDec").find(month);
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(at / 3 + 1)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  if (!ymd.ok()) return std::nullopt;
  const SystemTime theirs = std::chrono::sys_days(ymd) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                            std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::seconds>(now - theirs);
}

std::string clock_hint(const net::Headers& headers, SystemTime now) {
  std::string advice = "set this machine's clock (`timedatectl set-ntp true`) and try again";
  const auto offset = clock_offset(headers, now);
  if (!offset || std::chrono::abs(*offset) < std::chrono::minutes(1)) return advice;
  return fmt::format("this machine's clock is {} {}: {}", human_duration(std::chrono::abs(*offset)),
                     offset->count() > 0 ? "fast" : "slow", advice);
}

std::string throttle_hint(std::string_view service) {
  return fmt::format("{} is refusing calls at this rate: try again later, or ask for a higher quota", service);
}

std::string hint_for(const ServiceFault& fault, const net::HttpResponse& response, std::string_view service,
                     std::string_view operation, std::string_view region, SystemTime now) {
  if (is_clock_fault(fault)) return clock_hint(response.headers, now);
  if (is_expired_token(fault.code))
    return "the temporary credentials have expired: get new ones (`aws sso login`, or sign in as you did before)";
  if (is_unknown_key(fault.code))
    return "AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN";
  if (is_signature_fault(fault.code)) return "check that AWS_SECRET_ACCESS_KEY belongs to the access key";
  if (is_access_denied(fault.code))
    return fmt::format("allow {}:{} for the identity that is used (`aws sts get-caller-identity` shows it)", service,
                       operation);
  if (fault.code.starts_with("HTTP ") && response.status < 500)
    return "this is no answer of AWS's: check --endpoint and AWS_ENDPOINT_URL, and whether a proxy stands between";
  if (fault.code == "NotAuthorizedException") return "check the user name and the password, or sign in again";
  if (kind_of(fault, response.status) == ErrorKind::kNotFound)
    return region.empty() ? "check the name" : fmt::format("check the name and the region ({})", region);
  if (response.status >= 500) return "this is a fault inside AWS: try again, and see https://health.aws.amazon.com";
  return {};
}

/// Two writers of one item met, or the table was too busy for a part of a transaction; a condition that failed beside
/// it is the answer, and would fail again. DynamoDB says the parts' codes in the message: `… [None,
/// TransactionConflict]`.
bool is_transaction_conflict(const ServiceError& error) {
  if (error.code() == "TransactionConflictException") return true;
  if (error.code() != "TransactionCanceledException") return false;
  const auto says = [&](const char* code) { return error.detail().find(code) != std::string::npos; };
  return !says("ConditionalCheckFailed") &&
         (says("TransactionConflict") || says("ThrottlingError") || says("ProvisionedThroughputExceeded"));
}

}  // namespace

ServiceFault read_fault(const net::HttpResponse& response) {
  ServiceFault fault;
  fault.code = bare_code(net::header(response.headers, "x-amzn-errortype").value_or(""));
  for (const char* name : {"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"})
    if (fault.request_id.empty()) fault.request_id = net::header(response.headers, name).value_or("");
  const std::string_view body = trim(std::string_view(response.body).substr(0, kMaxFaultBody));
  read_body(body, fault);
  fault.code = presentable(fault.code);
  fault.message = presentable(fault.message);
  fault.request_id = presentable(fault.request_id);
  if (fault.code.empty()) fault.code = fmt::format("HTTP {}", response.status);
  return fault;
}

ServiceError to_service_error(const net::HttpResponse& response, std::string_view service, std::string_view operation,
                              std::string_view region, SystemTime now) {
  const ServiceFault fault = read_fault(response);
  std::string message = fmt::format("cannot {} at {}: {}", operation, service, fault.code);
  if (!fault.message.empty()) message += ": " + fault.message;
  if (!fault.request_id.empty()) message += fmt::format(" (request id {})", fault.request_id);
  const ErrorKind kind = kind_of(fault, response.status);
  std::string hint = hint_for(fault, response, service, operation, region, now);
  ServiceError plain(kind, message, hint, fault.code, response.status, fault.message, response.body);
  if (!is_throttling(plain)) return plain;
  return {ErrorKind::kFailure, message,       throttle_hint(service), fault.code,
          response.status,     fault.message, response.body};
}

// The lists are those of the SDKs' "standard" retry mode.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html

bool is_throttling(const ServiceError& error) {
  return error.status() == 429 ||
         is_one_of(error.code(),
                   {"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
                    "RequestThrottled", "TooManyRequestsException", "ProvisionedThroughputExceededException",
                    "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
                    "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException"});
}

bool is_transient(const ServiceError& error) {
  const int status = error.status();
  return is_throttling(error) || is_transaction_conflict(error) || status == 500 || status == 502 || status == 503 ||
         status == 504 || is_one_of(error.code(), {"RequestTimeout", "RequestTimeoutException"});
}

}  // namespace wsdeep::aws
