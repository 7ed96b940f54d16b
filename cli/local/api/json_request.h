#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

/// The AWS JSON protocols as a server sees them (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
/// Private to cli/local: it shows nlohmann::json.
namespace wsdeep::local {

using Json = nlohmann::json;

/// One JSON object of a request. A member that is null counts as missing. A member of the wrong type is the ApiFault
/// SerializationException, a missing one that is required an ApiFault of `fault_type`, both worded as AWS does.
class JsonRequest {
 public:
  JsonRequest(const Json& object, std::string fault_type);
  /// A temporary would be gone before the first member is read.
  JsonRequest(Json&&, std::string) = delete;

  const Json& json() const { return object_; }
  bool has(const char* name) const { return find(name) != nullptr; }
  std::string text(const char* name) const;  ///< required
  std::string text_or(const char* name, std::string_view fallback) const;
  std::optional<std::int64_t> integer(const char* name) const;
  bool boolean(const char* name, bool fallback) const;
  /// Null when missing.
  const Json* object(const char* name) const;
  const Json* list(const char* name) const;
  const Json& required_object(const char* name) const;
  const Json& required_list(const char* name) const;
  /// A map of strings; empty when missing.
  std::map<std::string, std::string> texts(const char* name) const;
  /// A list of strings; empty when missing.
  std::vector<std::string> text_list(const char* name) const;

 private:
  const Json* find(const char* name) const;
  [[noreturn]] void miss(const char* name) const;

  const Json& object_;
  std::string fault_type_;
};

/// The value's string; SerializationException when it is none.
const std::string& json_text(const Json& value);

/// The operation in `X-Amz-Target: PREFIX.Operation`; empty when the header is missing or has another prefix.
std::string operation_of(const net::HttpRequest& request, std::string_view target_prefix);
/// The body as a JSON object (an empty body as an empty one); SerializationException when it is not.
Json parse_body(std::string_view body);

}  // namespace wsdeep::local
