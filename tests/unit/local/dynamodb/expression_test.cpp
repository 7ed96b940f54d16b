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

struct Case {
  const char* text;
  bool expected;
};

class ConditionTable : public testing::TestWithParam<Case> {};

TEST_P(ConditionTable, HoldsAsInDynamoDb) {
  EXPECT_EQ(holds_for_sample(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Comparisons, ConditionTable,
    testing::Values(Case{"a = :one", true}, Case{"#a = :one", true}, Case{"a = :two", false}, Case{"a <> :two", true},
                    Case{"a < :two", true}, Case{"a <= :one", true}, Case{"a > :one", false}, Case{"a >= :one", true},
                    Case{"big > :ten", true}, Case{":ten < big", true}, Case{"a = :s", false}, Case{"a <> :s", true},
                    Case{"a < :s", false}, Case{"absent = :one", false}, Case{"absent <> :one", true},
                    Case{"absent < :one", false}, Case{"c.d[0] = :ten", true}, Case{"c.d[7] = :ten", false},
                    Case{"c.nothing.deeper = :ten", false}, Case{"b.c = :ten", false}, Case{"#dotted <> :s", true},
                    Case{"t = :bool", true}, Case{"l[1] = :m", true}, Case{"a BETWEEN :one AND :two", true},
                    Case{"big between :one and :two", false}, Case{"b BETWEEN :p AND :s", true},
                    Case{"a IN (:ten, :one)", true}, Case{"a IN (:ten)", false}, Case{"absent IN (:ten)", false}));

INSTANTIATE_TEST_SUITE_P(
    Functions, ConditionTable,
    testing::Values(Case{"attribute_exists(c.d[1])", true}, Case{"attribute_exists(c.d[2])", false},
                    Case{"attribute_not_exists(absent)", true}, Case{"attribute_not_exists(a)", false},
                    Case{"attribute_type(tags, :type)", true}, Case{"attribute_type(a, :type)", false},
                    Case{"begins_with(b, :p)", true}, Case{"begins_with(b, :s)", false},
                    Case{"begins_with(bin, :bytes)", true}, Case{"contains(b, :s)", true},
                    Case{"contains(l, :s)", true}, Case{"contains(l, :m)", true}, Case{"contains(l, :one)", false},
                    Case{"contains(tags, :s)", false}, Case{"contains(nums, :one)", true},
                    Case{"contains(a, :one)", false}, Case{"contains(absent, :one)", false},
                    Case{"size(tags) = :two", true}, Case{"size(c.d) = :two", true}, Case{"size(umlaut) = :two", true},
                    Case{"size(b) > :two", true}, Case{"size(a) >= :one", false},
                    Case{"size(bin) BETWEEN :one AND :two", false}));

INSTANTIATE_TEST_SUITE_P(Logic, ConditionTable,
                         testing::Values(Case{"a = :two AND a = :two OR a = :one", true},
                                         Case{"a = :one OR a = :two AND a = :two", true},
                                         Case{"(a = :one OR a = :two) AND a = :two", false}, Case{"NOT a = :two", true},
                                         Case{"NOT a = :one OR a = :one", true},
                                         Case{"not (a = :one or a = :two)", false}, Case{"NOT NOT a = :one", true},
                                         Case{"(a = :one) AND (b <> :s)", true},
                                         Case{"(a = :one AND (a = :one OR a = :two))", true}));

struct Refusal {
  const char* text;
  const char* message;
};

class ConditionRefusals : public testing::TestWithParam<Refusal> {};

TEST_P(ConditionRefusals, AreWordedAsDynamoDbDoes) {
  EXPECT_EQ(condition_fault(GetParam().text), std::string("Invalid ConditionExpression: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConditionRefusals,
    testing::Values(
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
