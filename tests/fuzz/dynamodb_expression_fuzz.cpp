// Any text as an expression: it is refused in words, or it parses and then evaluates, on an item that has a bit of
// everything. The first byte chooses the language. An update's result has to survive being stored.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "local/api/fault.h"
#include "local/dynamodb/expression.h"
#include "local/dynamodb/key_condition.h"
#include "local/dynamodb/update.h"
#include "local/dynamodb/value.h"

namespace dynamodb_expression_fuzz {
namespace {

using namespace wsdeep::local;

AttributeMap read(const char* text) {
  return read_item(nlohmann::json::parse(text));
}

const AttributeMap& item() {
  static const AttributeMap kItem = read(
      R"({"a":{"N":"1"},"b":{"S":"abc"},"m":{"M":{"l":{"L":[{"N":"10"},{"S":"x"},{"M":{"k":{"NULL":true}}}]}}},"ss":{"SS":["x","y"]},
          "ns":{"NS":["1","2.5"]},"bs":{"BS":["AQ=="]},"bin":{"B":"AQI="},"t":{"BOOL":true},"l":{"L":[{"S":"b"}]}})");
  return kItem;
}

Placeholders placeholders() {
  static const AttributeMap kValues = read(
      R"({":n":{"N":"2"},":s":{"S":"x"},":l":{"L":[{"N":"9"}]},":ss":{"SS":["y","z"]},":ns":{"NS":["2.5"]},":t":{"BOOL":true},
          ":m":{"M":{}},":b":{"B":"AQ=="},":type":{"S":"L"}})");
  return {{{"#a", "a"}, {"#m", "m"}, {"#dot", "x.y"}}, kValues};
}

void run(int language, std::string_view text) {
  Placeholders known = placeholders();
  switch (language % 4) {
    case 0:
      holds(parse_condition(text, "ConditionExpression", known), item());
      return;
    case 1: {
      const AttributeMap after = parse_update(text, known).apply(item());
      if (!(read_item(nlohmann::json::parse(wsdeep::wire::encode(after))) == after)) std::abort();
      if (size_of(after) > 64 * size_of(item()) + 64 * text.size()) std::abort();
      return;
    }
    case 2:
      project(item(), parse_projection(text, known));
      return;
    default:
      range_of(parse_condition(text, "KeyConditionExpression", known), KeySchema{{"b", "S"}, KeyAttribute{"a", "N"}});
  }
}

}  // namespace

FUZZ_TARGET(dynamodb_expression_fuzz) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    run(data[0], text);
  } catch (const ApiFault& fault) {
    if (wsdeep::is_utf8(text) && !wsdeep::is_utf8(fault.what())) std::abort();
  }
  return 0;
}

}  // namespace dynamodb_expression_fuzz
