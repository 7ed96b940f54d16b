#include "local/dynamodb/update.h"

#include <gtest/gtest.h>

#include "local/api/fault.h"
#include "local/dynamodb/value.h"
#include "nlohmann/json.hpp"

namespace wsdeep::local {
namespace {

using nlohmann::json;

wire::AttributeMap item_of(const std::string& text) {
  return read_item(json::parse(text));
}

const char* const kValues =
    R"({":n":{"N":"5"},":s":{"S":"x"},":l":{"L":[{"N":"3"}]},":empty":{"L":[]},":ss":{"SS":["b","c"]},":ns":{"NS":["2"]},
        ":m":{"M":{}},":half":{"N":"0.5"}})";

/// The item after the update, or the fault's words.
std::string after(const std::string& before, const std::string& expression) {
  try {
    Placeholders placeholders({{"#a", "a"}}, item_of(kValues));
    return wire::encode(parse_update(expression, placeholders).apply(item_of(before)));
  } catch (const ApiFault& fault) {
    return fault.what();
  }
}

struct UpdateCase {
  const char* before;
  const char* expression;
  const char* after;
};

class UpdateTable : public ::testing::TestWithParam<UpdateCase> {};

TEST_P(UpdateTable, GivesDynamoDbsResult) {
  EXPECT_EQ(after(GetParam().before, GetParam().expression), GetParam().after) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Set, UpdateTable,
    ::testing::Values(
        UpdateCase{R"({})", "SET a = :n, b = :s", R"({"a":{"N":"5"},"b":{"S":"x"}})"},
        UpdateCase{R"({"a":{"N":"1"}})", "set #a = #a + :n", R"({"a":{"N":"6"}})"},
        UpdateCase{R"({"a":{"N":"1"}})", "SET a = a - :half", R"({"a":{"N":"0.5"}})"},
        UpdateCase{R"({"a":{"N":"1"}})", "SET a = (a - :n)", R"({"a":{"N":"-4"}})"},
        UpdateCase{R"({"a":{"N":"1"},"b":{"N":"2"}})", "SET a = b, b = a", R"({"a":{"N":"2"},"b":{"N":"1"}})"},
        UpdateCase{R"({})", "SET a = if_not_exists(a, :n) + :n", R"({"a":{"N":"10"}})"},
        UpdateCase{R"({"a":{"N":"1"}})", "SET b = if_not_exists(a, :n)", R"({"a":{"N":"1"},"b":{"N":"1"}})"},
        UpdateCase{R"({"a":{"L":[{"N":"1"}]}})", "SET a = list_append(a, :l)", R"({"a":{"L":[{"N":"1"},{"N":"3"}]}})"},
        UpdateCase{R"({"a":{"L":[{"N":"1"}]}})", "SET a = list_append(:l, a)", R"({"a":{"L":[{"N":"3"},{"N":"1"}]}})"},
        UpdateCase{R"({})", "SET a = list_append(if_not_exists(a, :empty), :l)", R"({"a":{"L":[{"N":"3"}]}})"},
        UpdateCase{R"({"a":{"M":{}}})", "SET a.b = :n", R"({"a":{"M":{"b":{"N":"5"}}}})"},
        UpdateCase{R"({"a":{"L":[{"M":{}}]}})", "SET a[0].b = :n", R"({"a":{"L":[{"M":{"b":{"N":"5"}}}]}})"},
        UpdateCase{R"({"a":{"L":[{"N":"1"}]}})", "SET a[9] = :s, a[5] = :n",
                   R"({"a":{"L":[{"N":"1"},{"N":"5"},{"S":"x"}]}})"}));

INSTANTIATE_TEST_SUITE_P(
    Others, UpdateTable,
    ::testing::Values(UpdateCase{R"({"a":{"N":"1"},"b":{"N":"2"}})", "REMOVE a, absent", R"({"b":{"N":"2"}})"},
                      UpdateCase{R"({"a":{"L":[{"N":"1"},{"N":"2"},{"N":"3"}]}})", "REMOVE a[0], a[2]",
                                 R"({"a":{"L":[{"N":"2"}]}})"},
                      UpdateCase{R"({"a":{"L":[{"N":"1"}]}})", "REMOVE a[7]", R"({"a":{"L":[{"N":"1"}]}})"},
                      UpdateCase{R"({"a":{"N":"1"}})", "ADD a :n, b :n", R"({"a":{"N":"6"},"b":{"N":"5"}})"},
                      UpdateCase{R"({"a":{"SS":["a","b"]}})", "ADD a :ss", R"({"a":{"SS":["a","b","c"]}})"},
                      UpdateCase{R"({"a":{"SS":["a","b"]}})", "DELETE a :ss", R"({"a":{"SS":["a"]}})"},
                      UpdateCase{R"({"a":{"SS":["b"]}})", "DELETE a :ss", R"({})"},
                      UpdateCase{R"({})", "DELETE a :ss", R"({})"},
                      UpdateCase{R"({"a":{"NS":["10","9"]}})", "ADD a :ns", R"({"a":{"NS":["2","9","10"]}})"},
                      UpdateCase{R"({"a":{"N":"1"},"b":{"N":"1"}})", "REMOVE b SET a = b ADD c :n",
                                 R"({"a":{"N":"1"},"c":{"N":"5"}})"}));

INSTANTIATE_TEST_SUITE_P(
    Refusals, UpdateTable,
    ::testing::Values(
        UpdateCase{"{}", "", "Invalid UpdateExpression: The expression can not be empty;"},
        UpdateCase{"{}", "INVALID SYNTAX HERE",
                   "Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
        UpdateCase{"{}", "SET a = :n,", "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \",\""},
        UpdateCase{"{}", "SET status = :n",
                   "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status"},
        UpdateCase{"{}", "SET a = if_not_exists(Time, :n)",
                   "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: Time"},
        UpdateCase{"{}", "SET set = :n", "Invalid UpdateExpression: Syntax error; token: \"set\", near: \"SET set =\""},
        UpdateCase{"{}", "SET a = :n SET b = :n",
                   "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;"},
        UpdateCase{
            "{}", "SET a = :n, a.b = :n",
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a], path two: [a, b]"},
        UpdateCase{
            "{}", "SET a = :n REMOVE #a",
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a], path two: [a]"},
        UpdateCase{"{}", "SET a = b", "The provided expression refers to an attribute that does not exist in the item"},
        UpdateCase{"{}", "SET a = a + :n",
                   "The provided expression refers to an attribute that does not exist in the item"},
        UpdateCase{R"({"a":{"S":"x"}})", "SET a = a + :n",
                   "An operand in the update expression has an incorrect data type"},
        UpdateCase{R"({"a":{"S":"x"}})", "ADD a :n", "An operand in the update expression has an incorrect data type"},
        UpdateCase{R"({"a":{"SS":["x"]}})", "ADD a :ns",
                   "An operand in the update expression has an incorrect data type"},
        UpdateCase{R"({"a":{"N":"1"}})", "SET a = list_append(a, :l)",
                   "An operand in the update expression has an incorrect data type"},
        UpdateCase{"{}", "SET a.b = :n", "The document path provided in the update expression is invalid for update"},
        UpdateCase{R"({"a":{"N":"1"}})", "SET a.b = :n",
                   "The document path provided in the update expression is invalid for update"},
        UpdateCase{R"({"a":{"M":{}}})", "SET a[0] = :n",
                   "The document path provided in the update expression is invalid for update"},
        UpdateCase{
            "{}", "SET a = :s + :n",
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, "
            "operand type: S"},
        UpdateCase{"{}", "SET a = list_append(:s, :l)",
                   "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: "
                   "list_append, operand type: S"},
        UpdateCase{"{}", "SET a = if_not_exists(:n, :n)",
                   "Invalid UpdateExpression: Operator or function requires a document path; operator or function: "
                   "if_not_exists"},
        UpdateCase{"{}", "SET a = nope(a)", "Invalid UpdateExpression: Invalid function name; function: nope"},
        UpdateCase{
            "{}", "ADD a :s",
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: "
            "STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
        UpdateCase{
            "{}", "DELETE a :n",
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand "
            "type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
        UpdateCase{"{}", "SET a = :n REMOVE",
                   "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"REMOVE\""}));

TEST(Update, LeavesTheOldItemAlone) {
  Placeholders placeholders({}, item_of(kValues));
  const wire::AttributeMap before = item_of(R"({"a":{"M":{"b":{"N":"1"}}}})");
  parse_update("SET a.b = :n", placeholders).apply(before);
  EXPECT_EQ(wire::encode(before), R"({"a":{"M":{"b":{"N":"1"}}}})");
}

}  // namespace
}  // namespace wsdeep::local
