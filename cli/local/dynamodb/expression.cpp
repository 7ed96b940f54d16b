// The grammar, with the weakest binding first; keywords in any case, function names in lower case only:
//
//   condition  := conjunction { OR conjunction }
//   conjunction:= negation { AND negation }
//   negation   := NOT negation | primary
//   primary    := '(' condition ')' | function | operand comparator operand
//               | operand BETWEEN operand AND operand | operand IN '(' operand { ',' operand } ')'
//   operand    := path | :value | size '(' path ')'
//
// What DynamoDB knows before it reads an item is refused while parsing: operand counts, operands of a type that the
// operator cannot take, an operand compared with itself, parentheses around parentheses. What depends on the item makes
// the condition false instead: `a < :n` is false for an item without `a`, and for one whose `a` is a string.

#include "local/dynamodb/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "local/dynamodb/parser.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeValue;

constexpr std::size_t kMaxInOperands = 100;
constexpr std::array<std::string_view, 10> kTypeNames = {"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"};

struct Function {
  std::string_view name;
  ConditionKind kind;
  std::size_t operands;
};
constexpr std::array<Function, 5> kFunctions = {{{"attribute_exists", ConditionKind::kExists, 1},
                                                 {"attribute_not_exists", ConditionKind::kNotExists, 1},
                                                 {"attribute_type", ConditionKind::kType, 2},
                                                 {"begins_with", ConditionKind::kBeginsWith, 2},
                                                 {"contains", ConditionKind::kContains, 2}}};

struct Comparator {
  std::string_view symbol;
  ConditionKind kind;
};
constexpr std::array<Comparator, 6> kComparators = {{{"=", ConditionKind::kEqual},
                                                     {"<>", ConditionKind::kNotEqual},
                                                     {"<", ConditionKind::kLess},
                                                     {"<=", ConditionKind::kLessOrEqual},
                                                     {">", ConditionKind::kGreater},
                                                     {">=", ConditionKind::kGreaterOrEqual}}};

bool is_ordered(const AttributeValue& value) {
  const std::string_view type = type_of(value);
  return type == "S" || type == "N" || type == "B";
}

class ConditionParser : private ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Condition parse() {
    Condition condition = parse_chain(ConditionKind::kOr);
    expect_end();
    return condition;
  }

 private:
  Condition parse_chain(ConditionKind kind) {
    enter();
    const auto next = [&] { return kind == ConditionKind::kOr ? parse_chain(ConditionKind::kAnd) : parse_negation(); };
    Condition chain{kind, {}, {}};
    chain.children.push_back(next());
    while (accept_keyword(kind == ConditionKind::kOr ? "OR" : "AND")) {
      count_operator();
      chain.children.push_back(next());
    }
    leave();
    if (chain.children.size() == 1) return std::move(chain.children.front());
    return chain;
  }

  Condition parse_negation() {
    if (!accept_keyword("NOT")) return parse_primary();
    enter();
    count_operator();
    Condition negation{ConditionKind::kNot, {}, {}};
    negation.children.push_back(parse_negation());
    leave();
    return negation;
  }

  Condition parse_primary() {
    if (accept_symbol("(")) return parse_parentheses();
    if (at_function() && peek().text != "size") return parse_function();
    const bool is_bare_size = at_function();
    Operand left = parse_operand();
    for (const Comparator& comparator : kComparators)
      if (accept_symbol(comparator.symbol)) return parse_comparison(std::move(left), comparator);
    if (accept_keyword("BETWEEN")) return parse_between(std::move(left));
    if (accept_keyword("IN")) return parse_in(std::move(left));
    if (is_bare_size) fail("The function is not allowed to be used this way in an expression; function: size");
    fail_syntax();
  }

  Condition parse_parentheses() {
    const std::size_t start = position();
    Condition inner = parse_chain(ConditionKind::kOr);
    if (group_start_ == start + 1 && group_end_ == position() && at_symbol(")"))
      fail("The expression has redundant parentheses;");
    expect_symbol(")");
    group_start_ = start;
    group_end_ = position();
    return inner;
  }

  Condition parse_function() {
    const std::string_view name = take().text;
    const auto function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                       [&](const Function& candidate) { return candidate.name == name; });
    if (function == kFunctions.end()) fail(fmt::format("Invalid function name; function: {}", name));
    count_operator();
    expect_symbol("(");
    Condition condition{function->kind, {}, {}};
    do condition.operands.push_back(parse_operand());
    while (accept_symbol(","));
    expect_symbol(")");
    check_function(*function, condition.operands);
    return condition;
  }

  void check_function(const Function& function, const std::vector<Operand>& operands) {
    if (operands.size() != function.operands) fail_operand_count(function.name, operands.size());
    const bool needs_path = function.kind == ConditionKind::kExists || function.kind == ConditionKind::kNotExists;
    if (needs_path && !std::holds_alternative<Path>(operands[0]))
      fail(fmt::format("Operator or function requires a document path; operator or function: {}", function.name));
    require_different(function.name, operands);
    if (function.kind == ConditionKind::kType) check_type_name(operands[1]);
    if (function.kind != ConditionKind::kBeginsWith) return;
    for (const Operand& operand : operands) {
      const auto* value = std::get_if<AttributeValue>(&operand);
      if (value != nullptr && (!is_ordered(*value) || type_of(*value) == "N")) fail_operand_type(function.name, *value);
    }
  }

  void check_type_name(const Operand& operand) {
    const auto* value = std::get_if<AttributeValue>(&operand);
    if (value == nullptr) fail_syntax();
    const auto name = value->string();
    if (!name) fail_operand_type("attribute_type", *value);
    if (std::find(kTypeNames.begin(), kTypeNames.end(), *name) == kTypeNames.end())
      fail(fmt::format("Invalid attribute type name found; type: {}, valid types: {{{}}}", *name,
                       fmt::join(kTypeNames, ",")));
  }

  Condition parse_comparison(Operand left, const Comparator& comparator) {
    count_operator();
    Condition condition{comparator.kind, {std::move(left), parse_operand()}, {}};
    require_different(comparator.symbol, condition.operands);
    if (comparator.kind == ConditionKind::kEqual || comparator.kind == ConditionKind::kNotEqual) return condition;
    for (const Operand& operand : condition.operands) require_ordered(comparator.symbol, operand);
    return condition;
  }

  Condition parse_between(Operand subject) {
    count_operator();
    Condition condition{ConditionKind::kBetween, {std::move(subject), parse_operand()}, {}};
    if (!accept_keyword("AND")) fail_syntax();
    condition.operands.push_back(parse_operand());
    for (const Operand& operand : condition.operands) require_ordered("BETWEEN", operand);
    check_bounds(condition.operands[1], condition.operands[2]);
    return condition;
  }

  void check_bounds(const Operand& lower, const Operand& upper) {
    const auto* low = std::get_if<AttributeValue>(&lower);
    const auto* high = std::get_if<AttributeValue>(&upper);
    if (low == nullptr || high == nullptr) return;
    const auto order = compare(*low, *high);
    std::string_view cause;
    if (!order) cause = "requires same data type for lower and upper bounds";
    if (order && *order > 0) cause = "requires upper bound to be greater than or equal to lower bound";
    if (cause.empty()) return;
    fail(fmt::format(
        "The BETWEEN operator {}; lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}",
        cause, wire::encode(*low), wire::encode(*high)));
  }

  Condition parse_in(Operand subject) {
    count_operator();
    expect_symbol("(");
    Condition condition{ConditionKind::kIn, {std::move(subject)}, {}};
    do condition.operands.push_back(parse_operand());
    while (accept_symbol(","));
    expect_symbol(")");
    if (condition.operands.size() > kMaxInOperands + 1) fail_operand_count("IN", condition.operands.size());
    return condition;
  }

  Operand parse_operand() {
    if (peek().kind == Token::Kind::kValue) return parse_value();
    if (!at_function()) return parse_path();
    const std::string_view name = take().text;
    if (name != "size")
      fail(fmt::format("The function is not allowed to be used this way in an expression; function: {}", name));
    count_operator();
    expect_symbol("(");
    if (peek().kind == Token::Kind::kValue) fail_operand_type("size", parse_value());
    SizeOperand size{parse_path()};
    if (at_symbol(",")) fail_operand_count("size", 2);
    expect_symbol(")");
    return size;
  }

  void require_ordered(std::string_view name, const Operand& operand) {
    const auto* value = std::get_if<AttributeValue>(&operand);
    if (value != nullptr && !is_ordered(*value)) fail_operand_type(name, *value);
  }

  void require_different(std::string_view name, const std::vector<Operand>& operands) {
    if (operands.size() != 2) return;
    const auto* left = std::get_if<Path>(&operands[0]);
    const auto* right = std::get_if<Path>(&operands[1]);
    if (left == nullptr || right == nullptr || *left != *right) return;
    fail(fmt::format(
        "The first operand must be distinct from the remaining operands for this operator or function; operator: {}, "
        "first operand: {}",
        name, text_of(*left)));
  }

  /// The latest group in parentheses: the positions after its `(` and after its `)`.
  std::size_t group_start_ = 0;
  std::size_t group_end_ = 0;
};

}  // namespace

Condition parse_condition(std::string_view text, const std::string& expression, Placeholders& placeholders) {
  return ConditionParser(text, expression, placeholders).parse();
}

std::vector<Path> parse_projection(std::string_view text, Placeholders& placeholders) {
  ExpressionParser parser(text, "ProjectionExpression", placeholders);
  std::vector<Path> paths;
  do paths.push_back(parser.parse_path());
  while (parser.accept_symbol(","));
  parser.expect_end();
  require_distinct(paths, parser.expression());
  return paths;
}

}  // namespace wsdeep::local
