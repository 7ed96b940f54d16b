#pragma once

#include <functional>
#include <string_view>
#include <variant>
#include <vector>

#include "local/dynamodb/path.h"
#include "local/dynamodb/placeholders.h"
#include "wire/attribute_value.h"

/// Condition, filter, key condition and projection expressions.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
namespace wsdeep::local {

/// The length of what a path points at: `size(a.b)`.
struct SizeOperand {
  Path path;
};
using Operand = std::variant<Path, wire::AttributeValue, SizeOperand>;

struct Condition {
  enum class Kind {
    kAnd,  ///< of `children`, as kOr and kNot
    kOr,
    kNot,
    kEqual,  ///< of `operands`, as all that follow
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kBetween,
    kIn,
    kExists,
    kNotExists,
    kType,
    kBeginsWith,
    kContains,
  };
  Kind kind;
  std::vector<Operand> operands;
  std::vector<Condition> children;
};
using ConditionKind = Condition::Kind;

/// `expression` is the request's member that holds `text`, for messages: `FilterExpression`. Throws the ApiFault
/// ValidationException in DynamoDB's words.
Condition parse_condition(std::string_view text, const std::string& expression, Placeholders& placeholders);
bool holds(const Condition& condition, const wire::AttributeMap& item);
/// Calls `visit` with every path in the condition.
void for_each_path(const Condition& condition, const std::function<void(const Path&)>& visit);

std::vector<Path> parse_projection(std::string_view text, Placeholders& placeholders);

}  // namespace wsdeep::local
