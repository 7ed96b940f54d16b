#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "local/dynamodb/expression.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::AttributeValue;

/// The value of an operand in one item: borrowed, or computed by `size`. Null when the item has none.
class Resolved {
 public:
  Resolved(const Operand& operand, const AttributeMap& item) {
    if (const auto* path = std::get_if<Path>(&operand)) {
      value_ = find(item, *path);
    } else if (const auto* constant = std::get_if<AttributeValue>(&operand)) {
      value_ = constant;
    } else {
      measure(find(item, std::get<SizeOperand>(operand).path));
    }
  }
  Resolved(const Resolved&) = delete;
  Resolved& operator=(const Resolved&) = delete;

  const AttributeValue* get() const { return value_; }

 private:
  void measure(const AttributeValue* subject) {
    const auto length = subject == nullptr ? std::nullopt : length_of(*subject);
    if (!length) return;
    computed_ = AttributeValue::of(static_cast<std::int64_t>(*length));
    value_ = &computed_;
  }

  /// What `size` gives for a value; nothing for numbers, booleans and null.
  static std::optional<std::size_t> length_of(const AttributeValue& value) {
    if (const auto* text = std::get_if<AttributeValue::String>(&value.data)) return utf8_length(text->value);
    if (const auto* bytes = std::get_if<AttributeValue::Binary>(&value.data)) return bytes->value.size();
    if (const auto* list = std::get_if<AttributeValue::List>(&value.data)) return list->value.size();
    if (const AttributeMap* map = value.map()) return map->size();
    if (const auto* texts = std::get_if<AttributeValue::StringSet>(&value.data)) return texts->value.size();
    if (const auto* numbers = std::get_if<AttributeValue::NumberSet>(&value.data)) return numbers->value.size();
    if (const auto* binaries = std::get_if<AttributeValue::BinarySet>(&value.data)) return binaries->value.size();
    return std::nullopt;
  }

  AttributeValue computed_;
  const AttributeValue* value_ = nullptr;
};

bool begins_with(const AttributeValue& subject, const AttributeValue& prefix) {
  if (subject.data.index() != prefix.data.index()) return false;
  if (const auto* text = std::get_if<AttributeValue::String>(&subject.data))
    return text->value.starts_with(std::get<AttributeValue::String>(prefix.data).value);
  if (const auto* bytes = std::get_if<AttributeValue::Binary>(&subject.data))
    return bytes->value.starts_with(std::get<AttributeValue::Binary>(prefix.data).value);
  return false;
}

template <typename Set, typename Member>
bool set_contains(const AttributeValue& subject, const AttributeValue& sought) {
  const auto* set = std::get_if<Set>(&subject.data);
  const auto* member = std::get_if<Member>(&sought.data);
  return set != nullptr && member != nullptr &&
         std::find(set->value.begin(), set->value.end(), member->value) != set->value.end();
}

template <typename Type>
bool holds_part(const AttributeValue& subject, const AttributeValue& sought) {
  const auto* whole = std::get_if<Type>(&subject.data);
  const auto* part = std::get_if<Type>(&sought.data);
  return whole != nullptr && part != nullptr && whole->value.find(part->value) != std::string::npos;
}

bool contains(const AttributeValue& subject, const AttributeValue& sought) {
  if (const auto* list = std::get_if<AttributeValue::List>(&subject.data))
    return std::find(list->value.begin(), list->value.end(), sought) != list->value.end();
  return holds_part<AttributeValue::String>(subject, sought) || holds_part<AttributeValue::Binary>(subject, sought) ||
         set_contains<AttributeValue::StringSet, AttributeValue::String>(subject, sought) ||
         set_contains<AttributeValue::NumberSet, AttributeValue::Number>(subject, sought) ||
         set_contains<AttributeValue::BinarySet, AttributeValue::Binary>(subject, sought);
}

bool holds_order(ConditionKind kind, const AttributeValue& left, const AttributeValue& right) {
  const auto order = compare(left, right);
  if (!order) return false;
  switch (kind) {
    case ConditionKind::kLess:
      return *order < 0;
    case ConditionKind::kLessOrEqual:
      return *order <= 0;
    case ConditionKind::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool is_one_of(const Condition& condition, const AttributeMap& item, const AttributeValue& subject) {
  return std::any_of(condition.operands.begin() + 1, condition.operands.end(), [&](const Operand& operand) {
    const Resolved candidate(operand, item);
    return candidate.get() != nullptr && *candidate.get() == subject;
  });
}

/// The conditions that need both operands: false when the item lacks one.
bool holds_pair(ConditionKind kind, const AttributeValue& left, const AttributeValue& right) {
  switch (kind) {
    case ConditionKind::kEqual:
      return left == right;
    case ConditionKind::kType:
      return type_of(left) == right.string();
    case ConditionKind::kBeginsWith:
      return begins_with(left, right);
    case ConditionKind::kContains:
      return contains(left, right);
    default:
      return holds_order(kind, left, right);
  }
}

bool holds_operands(const Condition& condition, const AttributeMap& item) {
  const Resolved left(condition.operands[0], item);
  if (condition.kind == ConditionKind::kExists) return left.get() != nullptr;
  if (condition.kind == ConditionKind::kNotExists) return left.get() == nullptr;
  if (condition.kind == ConditionKind::kIn) return left.get() != nullptr && is_one_of(condition, item, *left.get());
  const Resolved right(condition.operands[1], item);
  const bool both = left.get() != nullptr && right.get() != nullptr;
  // What is missing differs from everything.
  if (condition.kind == ConditionKind::kNotEqual) return !both || !(*left.get() == *right.get());
  if (!both) return false;
  if (condition.kind != ConditionKind::kBetween) return holds_pair(condition.kind, *left.get(), *right.get());
  const Resolved upper(condition.operands[2], item);
  return upper.get() != nullptr && holds_order(ConditionKind::kGreaterOrEqual, *left.get(), *right.get()) &&
         holds_order(ConditionKind::kLessOrEqual, *left.get(), *upper.get());
}

}  // namespace

bool holds(const Condition& condition, const AttributeMap& item) {
  const auto child_holds = [&](const Condition& child) { return holds(child, item); };
  switch (condition.kind) {
    case ConditionKind::kAnd:
      return std::all_of(condition.children.begin(), condition.children.end(), child_holds);
    case ConditionKind::kOr:
      return std::any_of(condition.children.begin(), condition.children.end(), child_holds);
    case ConditionKind::kNot:
      return !child_holds(condition.children[0]);
    default:
      return holds_operands(condition, item);
  }
}

void for_each_path(const Condition& condition, const std::function<void(const Path&)>& visit) {
  for (const Operand& operand : condition.operands) {
    if (const auto* path = std::get_if<Path>(&operand)) visit(*path);
    if (const auto* size = std::get_if<SizeOperand>(&operand)) visit(size->path);
  }
  for (const Condition& child : condition.children) for_each_path(child, visit);
}

}  // namespace wsdeep::local
