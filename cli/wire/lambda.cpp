#include "wire/lambda.h"

#include "base/error.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::wire {

std::string encode(const FunctionError& error) {
  return JsonObject()
      .add("errorMessage", error.message)
      .add("errorType", error.type)
      .add_json("stackTrace", "[]")
      .text();
}

FunctionError parse_function_error(std::string_view json) {
  try {
    const Json document = parse_json(json, "function error");
    const JsonFields fields(document);
    return {fields.text("errorMessage"), fields.text_or("errorType", "")};
  } catch (const Error&) {
    return {std::string(json), ""};
  }
}

}  // namespace wsdeep::wire
