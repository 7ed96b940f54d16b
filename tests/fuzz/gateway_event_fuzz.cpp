// Whatever a gateway, an authorizer or a function sends, it is read or refused with wsdeep::Error, and what was read
// survives being written and read again.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fuzz/target.h"
#include "wire/attribute_value.h"
#include "wire/authorizer_policy.h"
#include "wire/gateway_event.h"
#include "wire/generate_event.h"
#include "wire/lambda.h"

namespace gateway_event_fuzz {
namespace {

using namespace wsdeep::wire;

/// `parse` refuses, or what it reads is written the same way twice.
template <typename Parse>
void check(std::string_view json, Parse parse) {
  std::string text;
  try {
    text = encode(parse(json));
  } catch (const wsdeep::Error&) {
    return;
  }
  if (encode(parse(text)) != text) std::abort();
}

/// An authorizer's answer is read only: whatever its patterns are, they are judged, and soon.
void judge_answer(std::string_view json) {
  try {
    judge(parse_authorizer_answer(json).policy,
          "arn:aws:execute-api:eu-central-1:123456789012:local00api/prod/$connect");
  } catch (const wsdeep::Error&) {
    return;
  }
}

}  // namespace

FUZZ_TARGET(gateway_event_fuzz) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  check(json, parse_gateway_event);
  check(json, parse_authorizer_event);
  judge_answer(json);
  check(json, parse_proxy_result);
  check(json, parse_generate_event);
  check(json, parse_attribute_value);
  check(json, parse_attribute_map);
  parse_function_error(json);
  return 0;
}

}  // namespace gateway_event_fuzz
