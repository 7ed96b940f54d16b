#include <cctype>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "wire/gateway_event.h"
#include "wire/json_fields.h"

// Route selection expressions.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
//
// An expression is literal text with variables in it. A variable is written bare, `$request.body.action`, and then
// ends before the first character that no path has, or in braces, `${request.body.service}/${request.body.action}`.
// `\$` is a literal dollar sign. A path has names and indices: `request.body.items[0].kind`. For the body
// {"service":"chat","action":"message"} the second example gives `chat/message`.

namespace wsdeep::wire {
namespace {

constexpr std::string_view kBody = "request.body";

bool is_path_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '[' || c == ']';
}

/// Goes one step down: `.name` or `[3]`. Takes the step off `path`; nullptr when there is no such value.
const Json* step(const Json& value, std::string_view& path) {
  if (path.front() == '[') {
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
    if (fault != std::errc() || end == path.data() + path.size() || *end != ']') return nullptr;
    path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
    return value.is_array() && index < value.size() ? &value[index] : nullptr;
  }
  if (path.front() != '.') return nullptr;
  path.remove_prefix(1);
  const std::string_view name = path.substr(0, path.find_first_of(".["));
  path.remove_prefix(name.size());
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

/// Strings as they are, other values as JSON, `null` and what is missing as nothing.
std::string evaluate(std::string_view variable, const std::optional<Json>& body) {
  if (!body || !variable.starts_with(kBody)) return {};
  variable.remove_prefix(kBody.size());
  const Json* value = &*body;
  while (value != nullptr && !variable.empty()) value = step(*value, variable);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? value->get<std::string>() : dump_json(*value);
}

/// The variable that starts `rest` (behind its `$`), and takes it off; nothing when the dollar sign is a literal.
std::optional<std::string_view> take_variable(std::string_view& rest) {
  if (rest.starts_with('{')) {
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return name;
  }
  if (!rest.starts_with("request.")) return std::nullopt;
  std::size_t end = 0;
  while (end < rest.size() && is_path_character(rest[end])) ++end;
  const std::string_view name = rest.substr(0, end);
  rest.remove_prefix(end);
  return name;
}

std::optional<Json> parse_body(std::string_view body) {
  try {
    return parse_json(body, "body");
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string evaluate_route_selection(std::string_view expression, std::string_view body) {
  const std::optional<Json> document = parse_body(body);
  std::string out;
  while (!expression.empty()) {
    const char c = expression.front();
    expression.remove_prefix(1);
    if (c == '\\' && expression.starts_with('$')) {
      out += '$';
      expression.remove_prefix(1);
    } else if (const auto variable = c == '$' ? take_variable(expression) : std::nullopt) {
      out += evaluate(*variable, document);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace wsdeep::wire
