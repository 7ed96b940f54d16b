#include "wire/authorizer_context.h"

#include <fmt/format.h>

#include "wire/json_writer.h"

namespace wsdeep::wire {

AuthorizerContext parse_authorizer_context(const JsonFields& fields) {
  AuthorizerContext out;
  for (const auto& [name, value] : fields.json().items()) {
    if (value.is_string())
      out.emplace(name, value.get<std::string>());
    else if (value.is_number())
      out.emplace(name, value.get<double>());
    else if (value.is_boolean())
      out.emplace(name, value.get<bool>());
    else
      fields.fail(name, fmt::format("expected a string, a number or a boolean, got {}", kind_of(value)));
  }
  return out;
}

std::string encode_authorizer_context(const AuthorizerContext& context) {
  JsonObject out;
  for (const auto& item : context) std::visit([&](const auto& value) { out.add(item.first, value); }, item.second);
  return out.text();
}

}  // namespace wsdeep::wire
