#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading JSON that somebody else wrote. A private header: include it in .cpp files only (nlohmann's header is large),
/// of this folder and of `net`, `aws`, `auth`, `local`, `load` and `handlers` alike.
///
///   const Json document = parse_json(body, "InitiateAuth request");
///   const JsonFields fields(document);
///   const std::string flow = fields.text("AuthFlow");                     // Error: AuthFlow: missing
///   const std::string user = fields.object("AuthParameters").text("USERNAME");  // AuthParameters.USERNAME: expected …
///
/// A field that is `null` counts as missing. No message quotes a value: it may be a secret.
namespace wsdeep::wire {

using Json = nlohmann::json;

/// Objects and lists within each other. Copying, printing and walking a document is recursive: this bounds the stack.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// The document in `text`; throws Error{kFailure} `WHAT: not JSON at byte 17`, also for malformed UTF-8, a number that
/// no double holds, a NUL byte, and nesting beyond `max_depth`. Of repeated names the last one counts.
Json parse_json(std::string_view text, std::string_view what, std::size_t max_depth = kMaxJsonDepth);

/// Compact, names in alphabetical order; malformed UTF-8 becomes U+FFFD, so that it never throws.
std::string dump_json(const Json& value);

/// `an object`, `a string` …: what `value` is, for a message.
std::string_view kind_of(const Json& value);

/// One object's fields, with strict types. Refers to the document, which must outlive it; every message names the whole
/// path, such as `requestContext.identity.sourceIp: missing`.
class JsonFields {
 public:
  /// Throws Error{kFailure} unless `object` is one. `path` is where it stands in the document; empty for the root.
  explicit JsonFields(const Json& object, std::string path = {});
  /// A temporary would be gone before the first field is read.
  explicit JsonFields(Json&&, std::string = {}) = delete;

  /// Required fields: Error{kFailure} when missing or of another type. An integer may be written as a whole `3.0`.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool boolean(std::string_view name) const;
  JsonFields object(std::string_view name) const;
  const Json& list(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;

  /// Optional fields: nothing when missing; Error{kFailure} when of another type.
  std::optional<std::string> text_if(std::string_view name) const;
  std::optional<std::int64_t> integer_if(std::string_view name) const;
  std::optional<double> number_if(std::string_view name) const;
  std::optional<bool> boolean_if(std::string_view name) const;
  std::optional<JsonFields> object_if(std::string_view name) const;
  std::optional<std::vector<std::string>> texts_if(std::string_view name) const;

  std::string text_or(std::string_view name, std::string_view fallback) const;
  std::int64_t integer_or(std::string_view name, std::int64_t fallback) const;
  bool boolean_or(std::string_view name, bool fallback) const;

  /// The value of any type; nullptr when missing or null.
  const Json* find(std::string_view name) const;
  const Json& json() const { return *object_; }

  /// `path.name`
  std::string path_of(std::string_view name) const;
  /// Throws Error{kFailure} `path.name: cause`.
  [[noreturn]] void fail(std::string_view name, std::string_view cause) const;

 private:
  const Json& require(std::string_view name) const;
  [[noreturn]] void fail_type(std::string_view name, std::string_view expected, const Json& got) const;

  const Json* object_;
  std::string path_;
};

}  // namespace wsdeep::wire
