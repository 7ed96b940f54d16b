#include "local/dynamodb/expression.h"

#include <gtest/gtest.h>

#include "local/api/fault.h"
#include "local/dynamodb/update.h"
#include "local/dynamodb/value.h"
#include "nlohmann/json.hpp"
#include "wire/attribute_value.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;

wire::AttributeMap item(const char* text) {
  return read_item(json::parse(text));
}

Placeholders placeholders() {
  return {
      {{"#a", "a"}, {"#dotted", "x.y"}},
      item(
          R"({":one":{"N":"1"},":two":{"N":"2"},":ten":{"N":"10"},":s":{"S":"b"},":p":{"S":"ab"},":list":{"L":[{"N":"9"}]},
                   ":set":{"SS":["x","y"]},":nums":{"NS":["1","2"]},":bool":{"BOOL":true},":type":{"S":"SS"},":m":{"M":{"k":{"N":"1"}}},
                   ":badtype":{"S":"XX"},":bytes":{"B":"AQI="}})")};
}

const wire::AttributeMap& sample() {
  static const wire::AttributeMap kItem = item(
      R"({"a":{"N":"1"},"b":{"S":"abc"},"c":{"M":{"d":{"L":[{"N":"10"},{"S":"x"}]},"e":{"NULL":true}}},
          "x.y":{"S":"dotted"},"tags":{"SS":["x","z"]},"nums":{"NS":["1.0","3"]},"l":{"L":[{"S":"b"},{"M":{"k":{"N":"1"}}}]},
          "bin":{"B":"AQID"},"t":{"BOOL":true},"big":{"N":"100"},"umlaut":{"S":"äö"}})");
  return kItem;
}

bool holds_for_sample(const std::string& text) {
  Placeholders known = placeholders();
  return holds(parse_condition(text, "ConditionExpression", known), sample());
}

template <typename Action>
std::string fault_of(Action action) {
  try {
    action();
  } catch (const ApiFault& fault) {
    return fault.what();
  }
  return "no fault";
}

std::string condition_fault(const std::string& text) {
  return fault_of([&] {
    Placeholders known = placeholders();
    parse_condition(text, "ConditionExpression", known);
  });
}

struct ConditionCase {
  const char* text;
  bool expected;
};

class ConditionTable : public ::testing::TestWithParam<ConditionCase> {};

TEST_P(ConditionTable, HoldsAsInDynamoDb) {
  EXPECT_EQ(holds_for_sample(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Comparisons, ConditionTable,
    ::testing::Values(ConditionCase{"a = :one", true}, ConditionCase{"#a = :one", true},
                      ConditionCase{"a = :two", false}, ConditionCase{"a <> :two", true},
                      ConditionCase{"a < :two", true}, ConditionCase{"a <= :one", true},
                      ConditionCase{"a > :one", false}, ConditionCase{"a >= :one", true},
                      ConditionCase{"big > :ten", true}, ConditionCase{":ten < big", true},
                      ConditionCase{"a = :s", false}, ConditionCase{"a <> :s", true}, ConditionCase{"a < :s", false},
                      ConditionCase{"absent = :one", false}, ConditionCase{"absent <> :one", true},
                      ConditionCase{"absent < :one", false}, ConditionCase{"c.d[0] = :ten", true},
                      ConditionCase{"c.d[7] = :ten", false}, ConditionCase{"c.nothing.deeper = :ten", false},
                      ConditionCase{"b.c = :ten", false}, ConditionCase{"#dotted <> :s", true},
                      ConditionCase{"t = :bool", true}, ConditionCase{"l[1] = :m", true},
                      ConditionCase{"a BETWEEN :one AND :two", true}, ConditionCase{"big between :one and :two", false},
                      ConditionCase{"b BETWEEN :p AND :s", true}, ConditionCase{"a IN (:ten, :one)", true},
                      ConditionCase{"a IN (:ten)", false}, ConditionCase{"absent IN (:ten)", false}));

INSTANTIATE_TEST_SUITE_P(
    Functions, ConditionTable,
    ::testing::Values(ConditionCase{"attribute_exists(c.d[1])", true}, ConditionCase{"attribute_exists(c.d[2])", false},
                      ConditionCase{"attribute_not_exists(absent)", true},
                      ConditionCase{"attribute_not_exists(a)", false},
                      ConditionCase{"attribute_type(tags, :type)", true},
                      ConditionCase{"attribute_type(a, :type)", false}, ConditionCase{"begins_with(b, :p)", true},
                      ConditionCase{"begins_with(b, :s)", false}, ConditionCase{"begins_with(bin, :bytes)", true},
                      ConditionCase{"contains(b, :s)", true}, ConditionCase{"contains(l, :s)", true},
                      ConditionCase{"contains(l, :m)", true}, ConditionCase{"contains(l, :one)", false},
                      ConditionCase{"contains(tags, :s)", false}, ConditionCase{"contains(nums, :one)", true},
                      ConditionCase{"contains(a, :one)", false}, ConditionCase{"contains(absent, :one)", false},
                      ConditionCase{"size(tags) = :two", true}, ConditionCase{"size(c.d) = :two", true},
                      ConditionCase{"size(umlaut) = :two", true}, ConditionCase{"size(b) > :two", true},
                      ConditionCase{"size(a) >= :one", false},
                      ConditionCase{"size(bin) BETWEEN :one AND :two", false}));

INSTANTIATE_TEST_SUITE_P(Logic, ConditionTable,
                         ::testing::Values(ConditionCase{"a = :two AND a = :two OR a = :one", true},
                                           ConditionCase{"a = :one OR a = :two AND a = :two", true},
                                           ConditionCase{"(a = :one OR a = :two) AND a = :two", false},
                                           ConditionCase{"NOT a = :two", true},
                                           ConditionCase{"NOT a = :one OR a = :one", true},
                                           ConditionCase{"not (a = :one or a = :two)", false},
                                           ConditionCase{"NOT NOT a = :one", true},
                                           ConditionCase{"(a = :one) AND (b <> :s)", true},
                                           ConditionCase{"(a = :one AND (a = :one OR a = :two))", true}));

struct Refusal {
  const char* text;
  const char* message;
};

class ConditionRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(ConditionRefusals, AreWordedAsDynamoDbDoes) {
  EXPECT_EQ(condition_fault(GetParam().text), std::string("Invalid ConditionExpression: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConditionRefusals,
    ::testing::Values(
        Refusal{"", "The expression can not be empty;"}, Refusal{"  \t", "The expression can not be empty;"},
        Refusal{"a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        Refusal{"a = = b", "Syntax error; token: \"=\", near: \"= = b\""},
        Refusal{"a = :one b", "Syntax error; token: \"b\", near: \":one b\""},
        Refusal{"a & b", "Syntax error; token: \"&\", near: \"a & b\""},
        Refusal{"hits : incr", "Syntax error; token: \":\", near: \"hits : incr\""},
        Refusal{"(a = :one", "Syntax error; token: \"<EOF>\", near: \":one\""},
        Refusal{"_v = :one", "Syntax error; token: \"_\", near: \"_v\""},
        Refusal{"é = :one", "Syntax error; token: \"é\", near: \"é =\""},
        Refusal{"status = :one", "Attribute name is a reserved keyword; reserved keyword: status"},
        Refusal{"a.Name = :one", "Attribute name is a reserved keyword; reserved keyword: Name"},
        Refusal{"attribute_exists(ttl) OR size(items) > :one",
                "Attribute name is a reserved keyword; reserved keyword: ttl"},
        Refusal{"status = :one b", "Syntax error; token: \"b\", near: \":one b\""},
        Refusal{"and = :one", "Syntax error; token: \"and\", near: \"and =\""},
        Refusal{"#nope = :one",
                "An expression attribute name used in the document path is not defined; attribute name: #nope"},
        Refusal{"a = :nope", "An expression attribute value used in expression is not defined; attribute value: :nope"},
        Refusal{"((a = :one))", "The expression has redundant parentheses;"},
        Refusal{"a = :one AND ((a = :one AND a = :two))", "The expression has redundant parentheses;"},
        Refusal{"whatever(a)", "Invalid function name; function: whatever"},
        Refusal{"Attribute_Exists(a)", "Invalid function name; function: Attribute_Exists"},
        Refusal{"size(a)", "The function is not allowed to be used this way in an expression; function: size"},
        Refusal{"a = contains(a, :one)",
                "The function is not allowed to be used this way in an expression; function: contains"},
        Refusal{"begins_with(a)",
                "Incorrect number of operands for operator or function; operator or function: begins_with, number of "
                "operands: 1"},
        Refusal{"begins_with(a, :one)",
                "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
        Refusal{"a < :bool",
                "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
        Refusal{"size(:one) = :one",
                "Incorrect operand type for operator or function; operator or function: size, operand type: N"},
        Refusal{"attribute_exists(:one)",
                "Operator or function requires a document path; operator or function: attribute_exists"},
        Refusal{"attribute_type(a, :badtype)",
                "Invalid attribute type name found; type: XX, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        Refusal{"a = #a",
                "The first operand must be distinct from the remaining operands for this operator or function; "
                "operator: =, first operand: [a]"},
        Refusal{"a BETWEEN :two AND :one",
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
                "operand: AttributeValue: {\"N\":\"2\"}, upper bound operand: AttributeValue: {\"N\":\"1\"}"}));

TEST(ConditionExpression, RefusesWhatIsTooLong) {
  EXPECT_EQ(
      condition_fault("a = :one" + std::string(4096, ' ')),
      "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4104");
}

TEST(ConditionExpression, RefusesDeepNestingInsteadOfRecursingIntoIt) {
  EXPECT_EQ(condition_fault(std::string(4000, '(') + "a"),
            "Invalid ConditionExpression: The expression is nested too deeply;");
  std::string negations;
  for (int i = 0; i < 1000; ++i) negations += "NOT ";
  EXPECT_NE(condition_fault(negations + "a=:one"), "no fault");
}

TEST(ConditionExpression, NamesEveryPathOnce) {
  Placeholders known = placeholders();
  std::vector<std::string> paths;
  for_each_path(parse_condition("a = :one AND NOT size(c.d[0]) > :two", "FilterExpression", known),
                [&](const Path& path) { paths.push_back(text_of(path)); });
  EXPECT_EQ(paths, (std::vector<std::string>{"[a]", "[c, d, [0]]"}));
}

TEST(Placeholders, NameWhatNoExpressionUsed) {
  Placeholders known({{"#a", "a"}, {"#b", "b"}}, item(R"({":v":{"N":"1"}})"));
  parse_condition("#a = :v", "ConditionExpression", known);
  EXPECT_EQ(fault_of([&] { known.require_all_used(); }),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");

  Placeholders values({}, item(R"({":v":{"N":"1"},":w":{"N":"1"}})"));
  EXPECT_EQ(fault_of([&] { values.require_all_used(); }),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v, :w}");
}

TEST(Placeholders, RefuseKeysWithoutTheirSign) {
  EXPECT_EQ(fault_of([] {
              Placeholders({{"a", "a"}}, {});
            }),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
}

std::string projected(const std::string& text) {
  Placeholders known = placeholders();
  return wire::encode(project(sample(), parse_projection(text, known)));
}

TEST(ProjectionExpression, KeepsTheStructureAroundWhatItNames) {
  EXPECT_EQ(projected("a, c.e, absent, c.nope"), R"({"a":{"N":"1"},"c":{"M":{"e":{"NULL":true}}}})");
  EXPECT_EQ(projected("c.d[1], l[0]"), R"({"c":{"M":{"d":{"L":[{"S":"x"}]}}},"l":{"L":[{"S":"b"}]}})");
  EXPECT_EQ(projected("#dotted"), R"({"x.y":{"S":"dotted"}})");
}

TEST(ProjectionExpression, RefusesReservedWords) {
  EXPECT_EQ(fault_of([] { projected("a, c.Data"); }),
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: Data");
  EXPECT_EQ(fault_of([] { projected("SET"); }),
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: SET");
}

TEST(ProjectionExpression, RefusesOverlappingPaths) {
  EXPECT_EQ(fault_of([] { projected("c.d, c"); }),
            "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of "
            "these paths; path one: [c, d], path two: [c]");
  EXPECT_EQ(fault_of([] { projected("c.d, c[0]"); }),
            "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of "
            "these paths; path one: [c, d], path two: [c, [0]]");
}

}  // namespace
}  // namespace wsdeep::local
