// The grammar; keywords in any case, each clause at most once, in any order:
//
//   update  := { SET set {',' set} | REMOVE path {',' path} | ADD path :value {',' …} | DELETE path :value {',' …} }
//   set     := path '=' value
//   value   := term [ ('+' | '-') term ]
//   term    := path | :value | if_not_exists '(' path ',' value ')' | list_append '(' value ',' value ')'
//            | '(' value ')'
//
// All right sides are computed from the item as it was; only then are the actions carried out, so that
// `SET a = b, b = a` swaps. List elements are set in ascending order of their index (each beyond the end is appended)
// and removed in descending order, so that every index means the element it meant before the update.

#include "local/dynamodb/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "local/api/fault.h"
#include "local/dynamodb/number.h"
#include "local/dynamodb/parser.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::AttributeValue;
using Action = UpdateAction::Kind;
using Value = UpdateValue::Kind;

/// How DynamoDB spells a type in the messages of ADD and DELETE.
std::string_view long_name(const AttributeValue& value) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"S", "STRING"}, {"N", "NUMBER"}, {"B", "BINARY"},      {"BOOL", "BOOLEAN"},  {"NULL", "NULL"},
      {"L", "LIST"},   {"M", "MAP"},    {"SS", "STRING_SET"}, {"NS", "NUMBER_SET"}, {"BS", "BINARY_SET"}};
  for (const auto& [type, name] : kNames)
    if (type == type_of(value)) return name;
  return "";
}

bool is_set(const AttributeValue& value) {
  const std::string_view type = type_of(value);
  return type == "SS" || type == "NS" || type == "BS";
}

class UpdateParser : private ExpressionParser {
 public:
  UpdateParser(std::string_view text, Placeholders& placeholders)
      : ExpressionParser(text, "UpdateExpression", placeholders) {}

  Update parse() {
    while (!at_end()) parse_clause();
    expect_end();
    require_distinct(update_.paths(), expression());
    return std::move(update_);
  }

 private:
  void parse_clause() {
    constexpr std::pair<std::string_view, Action> kClauses[] = {
        {"SET", Action::kSet}, {"REMOVE", Action::kRemove}, {"ADD", Action::kAdd}, {"DELETE", Action::kDelete}};
    for (const auto& [keyword, kind] : kClauses) {
      if (!accept_keyword(keyword)) continue;
      if (!seen_.insert(kind).second)
        fail(fmt::format("The \"{}\" section can only be used once in an update expression;", keyword));
      do parse_action(kind);
      while (accept_symbol(","));
      return;
    }
    fail_syntax();
  }

  void parse_action(Action kind) {
    count_operator();
    UpdateAction action{kind, parse_path(), {}};
    if (kind == Action::kSet) {
      expect_symbol("=");
      action.value = parse_sum();
    } else if (kind != Action::kRemove) {
      action.value = {Value::kConstant, {}, parse_value(), {}};
      check_constant(kind, action.value.constant);
    }
    update_.actions.push_back(std::move(action));
  }

  void check_constant(Action kind, const AttributeValue& value) {
    const bool adds = kind == Action::kAdd;
    if (is_set(value) || (adds && type_of(value) == "N")) return;
    fail(
        fmt::format("Incorrect operand type for operator or function; operator: {0}, operand type: {1}, typeSet: "
                    "ALLOWED_FOR_{0}_OPERAND",
                    adds ? "ADD" : "DELETE", long_name(value)));
  }

  UpdateValue parse_sum() {
    enter();
    UpdateValue left = parse_term();
    const bool plus = at_symbol("+");
    if (plus || at_symbol("-")) {
      const std::string_view name = take().text;
      count_operator();
      UpdateValue sum{plus ? Value::kPlus : Value::kMinus, {}, {}, {}};
      sum.operands.push_back(std::move(left));
      sum.operands.push_back(parse_term());
      for (const UpdateValue& operand : sum.operands) require_type(name, operand, "N");
      left = std::move(sum);
    }
    leave();
    return left;
  }

  UpdateValue parse_term() {
    if (peek().kind == Token::Kind::kValue) return {Value::kConstant, {}, parse_value(), {}};
    if (accept_symbol("(")) {
      UpdateValue inner = parse_sum();
      expect_symbol(")");
      return inner;
    }
    if (at_function()) return parse_function();
    return {Value::kPath, parse_path(), {}, {}};
  }

  UpdateValue parse_function() {
    const std::string_view name = take().text;
    if (name != "if_not_exists" && name != "list_append")
      fail(fmt::format("Invalid function name; function: {}", name));
    count_operator();
    expect_symbol("(");
    std::vector<UpdateValue> operands;
    do operands.push_back(parse_sum());
    while (accept_symbol(","));
    expect_symbol(")");
    if (operands.size() != 2) fail_operand_count(name, operands.size());
    if (name == "list_append") {
      for (const UpdateValue& operand : operands) require_type(name, operand, "L");
      return {Value::kListAppend, {}, {}, std::move(operands)};
    }
    if (operands[0].kind != Value::kPath)
      fail("Operator or function requires a document path; operator or function: if_not_exists");
    return {Value::kIfNotExists, std::move(operands[0].path), {}, {std::move(operands[1])}};
  }

  void require_type(std::string_view name, const UpdateValue& operand, std::string_view type) {
    if (operand.kind == Value::kConstant && type_of(operand.constant) != type)
      fail_operand_type(name, operand.constant);
  }

  Update update_;
  std::set<Action> seen_;
};

ApiFault wrong_type() {
  return validation_fault("An operand in the update expression has an incorrect data type");
}
ApiFault invalid_path() {
  return validation_fault("The document path provided in the update expression is invalid for update");
}

const std::string& digits_of(const AttributeValue& value) {
  const auto* number = std::get_if<AttributeValue::Number>(&value.data);
  if (number == nullptr) throw wrong_type();
  return number->value;
}

AttributeValue add_numbers(const AttributeValue& a, const AttributeValue& b, bool plus) {
  const Decimal left = Decimal::parse(digits_of(a)), right = Decimal::parse(digits_of(b));
  return {AttributeValue::Number{(plus ? left + right : left - right).text()}};
}

AttributeValue append_lists(const AttributeValue& a, const AttributeValue& b) {
  const auto* left = std::get_if<AttributeValue::List>(&a.data);
  const auto* right = std::get_if<AttributeValue::List>(&b.data);
  if (left == nullptr || right == nullptr) throw wrong_type();
  AttributeValue::List joined = *left;
  joined.value.insert(joined.value.end(), right->value.begin(), right->value.end());
  return {std::move(joined)};
}

AttributeValue evaluate(const UpdateValue& value, const AttributeMap& item) {
  if (value.kind == Value::kConstant) return value.constant;
  if (value.kind == Value::kPath || value.kind == Value::kIfNotExists) {
    if (const AttributeValue* found = find(item, value.path)) return *found;
    if (value.kind == Value::kIfNotExists) return evaluate(value.operands[0], item);
    throw validation_fault("The provided expression refers to an attribute that does not exist in the item");
  }
  const AttributeValue left = evaluate(value.operands[0], item);
  const AttributeValue right = evaluate(value.operands[1], item);
  if (value.kind == Value::kListAppend) return append_lists(left, right);
  return add_numbers(left, right, value.kind == Value::kPlus);
}

std::vector<std::string>* members_of(AttributeValue& set) {
  if (auto* texts = std::get_if<AttributeValue::StringSet>(&set.data)) return &texts->value;
  if (auto* numbers = std::get_if<AttributeValue::NumberSet>(&set.data)) return &numbers->value;
  if (auto* binaries = std::get_if<AttributeValue::BinarySet>(&set.data)) return &binaries->value;
  return nullptr;
}

/// `set` with the members of `other` added, or taken away; nothing when no member is left.
std::optional<AttributeValue> combine_sets(AttributeValue set, AttributeValue other, bool add) {
  if (set.data.index() != other.data.index()) throw wrong_type();
  std::vector<std::string>& members = *members_of(set);
  std::set<std::string> combined(std::make_move_iterator(members.begin()), std::make_move_iterator(members.end()));
  for (std::string& member : *members_of(other)) {
    if (add)
      combined.insert(std::move(member));
    else
      combined.erase(member);
  }
  members.assign(combined.begin(), combined.end());
  if (members.empty()) return std::nullopt;
  canonicalise_set(set);
  return set;
}

/// What ADD or DELETE makes of the attribute; nothing when it ends up without a value.
std::optional<AttributeValue> evaluate_accumulation(const UpdateAction& action, const AttributeMap& item) {
  const bool add = action.kind == Action::kAdd;
  const AttributeValue& operand = action.value.constant;
  const AttributeValue* current = find(item, action.path);
  if (current == nullptr) return add ? std::optional(operand) : std::nullopt;
  if (!is_set(operand)) return add_numbers(*current, operand, true);
  return combine_sets(*current, operand, add);
}

/// The value that holds the last step of `path`; null when the path has only one step, and the item holds it.
AttributeValue* parent_of(AttributeMap& item, const Path& path) {
  if (path.size() == 1) return nullptr;
  const AttributeValue* parent = find(item, Path(path.begin(), path.end() - 1));
  if (parent == nullptr) throw invalid_path();
  return const_cast<AttributeValue*>(parent);  // `item` itself is not const
}

AttributeMap& members_at(AttributeMap& item, AttributeValue* parent) {
  if (parent == nullptr) return item;
  auto* map = std::get_if<AttributeValue::Map>(&parent->data);
  if (map == nullptr) throw invalid_path();
  return map->value;
}

wire::AttributeList& elements_at(AttributeValue* parent) {
  auto* list = std::get_if<AttributeValue::List>(&parent->data);
  if (list == nullptr) throw invalid_path();
  return list->value;
}

void assign(AttributeMap& item, const Path& path, AttributeValue value) {
  AttributeValue* parent = parent_of(item, path);
  if (const auto* name = std::get_if<std::string>(&path.back())) {
    members_at(item, parent).insert_or_assign(*name, std::move(value));
    return;
  }
  wire::AttributeList& elements = elements_at(parent);
  const std::size_t index = std::get<std::size_t>(path.back());
  if (index < elements.size())
    elements[index] = std::move(value);
  else
    elements.push_back(std::move(value));
}

void erase(AttributeMap& item, const Path& path) {
  AttributeValue* parent = parent_of(item, path);
  if (const auto* name = std::get_if<std::string>(&path.back())) {
    members_at(item, parent).erase(*name);
    return;
  }
  wire::AttributeList& elements = elements_at(parent);
  const std::size_t index = std::get<std::size_t>(path.back());
  if (index < elements.size()) elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace

std::vector<Path> Update::paths() const {
  std::vector<Path> out;
  for (const UpdateAction& action : actions) out.push_back(action.path);
  return out;
}

AttributeMap Update::apply(const AttributeMap& item) const {
  std::vector<std::pair<Path, AttributeValue>> assigned;
  std::vector<Path> removed;
  for (const UpdateAction& action : actions) {
    std::optional<AttributeValue> value;
    if (action.kind == Action::kSet)
      value = evaluate(action.value, item);
    else if (action.kind != Action::kRemove)
      value = evaluate_accumulation(action, item);
    if (value)
      assigned.emplace_back(action.path, *std::move(value));
    else if (action.kind == Action::kRemove || find(item, action.path) != nullptr)
      removed.push_back(action.path);
  }
  std::sort(assigned.begin(), assigned.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::sort(removed.begin(), removed.end(), std::greater<>());

  AttributeMap out = item;
  for (auto& [path, value] : assigned) assign(out, path, std::move(value));
  for (const Path& path : removed) erase(out, path);
  return out;
}

Update parse_update(std::string_view text, Placeholders& placeholders) {
  return UpdateParser(text, placeholders).parse();
}

}  // namespace wsdeep::local
