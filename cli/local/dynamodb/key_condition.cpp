// From a condition to bytes. Keys are stored so that their bytes sort as their values do (dynamodb_key.h), so each
// condition on a range key is one half-open run [low, high) of bytes:
//
//   r = v    [v, v0)      v0: v and a zero byte, the first string after v
//   r < v    ["", v)      r <= v   ["", v0)
//   r > v    [v0, top)    r >= v   [v, top)
//   BETWEEN  [low, high0)
//   begins_with(r, p)  [p, p+)   p+: the first string that does not begin with p

#include "local/dynamodb/key_condition.h"

#include <fmt/format.h>

#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeValue;

ApiFault not_supported() {
  return validation_fault("Query key condition not supported");
}

/// A single condition as `name operator constants`; a constant on the left side is turned around.
struct KeyTerm {
  std::string name;
  ConditionKind kind;
  std::vector<AttributeValue> constants;
};

ConditionKind turned(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::kLess:
      return ConditionKind::kGreater;
    case ConditionKind::kLessOrEqual:
      return ConditionKind::kGreaterOrEqual;
    case ConditionKind::kGreater:
      return ConditionKind::kLess;
    case ConditionKind::kGreaterOrEqual:
      return ConditionKind::kLessOrEqual;
    default:
      return kind;
  }
}

void require_operator(ConditionKind kind) {
  const auto refuse = [](std::string_view name) {
    return validation_fault(fmt::format("Invalid operator used in KeyConditionExpression: {}", name));
  };
  switch (kind) {
    case ConditionKind::kOr:
      throw refuse("OR");
    case ConditionKind::kNot:
      throw refuse("NOT");
    case ConditionKind::kIn:
      throw refuse("IN");
    case ConditionKind::kNotEqual:
      throw refuse("<>");
    case ConditionKind::kExists:
      throw refuse("attribute_exists");
    case ConditionKind::kNotExists:
      throw refuse("attribute_not_exists");
    case ConditionKind::kType:
      throw refuse("attribute_type");
    case ConditionKind::kContains:
      throw refuse("contains");
    default:
      return;
  }
}

const std::string& name_in(const Operand& operand) {
  const auto* path = std::get_if<Path>(&operand);
  if (path == nullptr) throw not_supported();
  if (path->size() > 1) throw validation_fault("KeyConditionExpressions cannot have conditions on nested attributes");
  return std::get<std::string>(path->front());
}

KeyTerm term_of(const Condition& condition) {
  require_operator(condition.kind);
  if (condition.operands.empty()) throw not_supported();
  KeyTerm term{{}, condition.kind, {}};
  std::vector<Operand> operands = condition.operands;
  const bool is_comparison = condition.kind != ConditionKind::kBetween && condition.kind != ConditionKind::kBeginsWith;
  if (is_comparison && std::holds_alternative<AttributeValue>(operands[0])) {
    std::swap(operands[0], operands[1]);
    term.kind = turned(term.kind);
  }
  term.name = name_in(operands[0]);
  for (std::size_t i = 1; i < operands.size(); ++i) {
    const auto* constant = std::get_if<AttributeValue>(&operands[i]);
    if (constant == nullptr) throw not_supported();
    term.constants.push_back(*constant);
  }
  return term;
}

void collect_terms(const Condition& condition, std::vector<KeyTerm>& terms) {
  if (condition.kind != ConditionKind::kAnd) {
    terms.push_back(term_of(condition));
    return;
  }
  for (const Condition& child : condition.children) collect_terms(child, terms);
}

void check_constants(const KeyTerm& term, const KeyAttribute& attribute, bool is_hash) {
  for (const AttributeValue& constant : term.constants) {
    if (type_of(constant) != attribute.type)
      throw validation_fault(
          "One or more parameter values were invalid: Condition parameter type does not match schema type");
    require_key_value(attribute, constant, is_hash);
  }
}

void apply_range(const KeyTerm& term, KeyRange& range) {
  const std::string first = encode_key_value(term.constants[0]);
  switch (term.kind) {
    case ConditionKind::kEqual:
      range.low = first;
      range.high = just_after(first);
      return;
    case ConditionKind::kLess:
      range.high = first;
      return;
    case ConditionKind::kLessOrEqual:
      range.high = just_after(first);
      return;
    case ConditionKind::kGreater:
      range.low = just_after(first);
      return;
    case ConditionKind::kGreaterOrEqual:
      range.low = first;
      return;
    case ConditionKind::kBetween:
      range.low = first;
      range.high = just_after(encode_key_value(term.constants[1]));
      return;
    default:  // kBeginsWith: collect_terms lets no other through
      range.low = first;
      range.high = after_prefix(first).value_or(above_all_keys());
  }
}

}  // namespace

KeyRange range_of(const Condition& condition, const KeySchema& schema) {
  std::vector<KeyTerm> terms;
  collect_terms(condition, terms);
  if (terms.size() == 2 && terms[0].name == terms[1].name)
    throw validation_fault("KeyConditionExpressions must only contain one condition per key");
  if (terms.size() > schema.size()) throw validation_fault("Conditions can be of length 1 or 2 only");
  KeyRange range;
  bool has_range_term = false;
  for (const KeyTerm& term : terms) {
    const bool is_hash = term.name == schema.hash.name;
    const bool is_range = schema.range && term.name == schema.range->name;
    if (is_hash) {
      check_constants(term, schema.hash, true);
      if (term.kind != ConditionKind::kEqual) throw not_supported();
      range.hash = encode_key_value(term.constants[0]);
    } else if (is_range) {
      check_constants(term, *schema.range, false);
      apply_range(term, range);
      has_range_term = true;
    }
  }
  if (!range.hash) throw validation_fault("Query condition missed key schema element: " + schema.hash.name);
  if (terms.size() == 2 && !has_range_term)
    throw validation_fault("Query condition missed key schema element: " +
                           (schema.range ? schema.range->name : schema.hash.name));
  return range;
}

}  // namespace wsdeep::local
