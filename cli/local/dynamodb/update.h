#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "local/dynamodb/path.h"
#include "local/dynamodb/placeholders.h"
#include "wire/attribute_value.h"

/// Update expressions.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
namespace wsdeep::local {

/// The right side of a SET action.
struct UpdateValue {
  enum class Kind { kPath, kConstant, kIfNotExists, kListAppend, kPlus, kMinus };
  Kind kind;
  Path path;                      ///< kPath, kIfNotExists
  wire::AttributeValue constant;  ///< kConstant
  std::vector<UpdateValue> operands;
};

struct UpdateAction {
  enum class Kind { kSet, kRemove, kAdd, kDelete };
  Kind kind;
  Path path;
  UpdateValue value;  ///< unused by kRemove
};

struct Update {
  std::vector<UpdateAction> actions;

  std::vector<Path> paths() const;
  /// The item after the update; `item` itself stays. Every value is taken from `item` as it was. Throws the ApiFault
  /// ValidationException when the item does not fit the expression.
  wire::AttributeMap apply(const wire::AttributeMap& item) const;
};

/// Throws the ApiFault ValidationException in DynamoDB's words.
Update parse_update(std::string_view text, Placeholders& placeholders);

}  // namespace wsdeep::local
