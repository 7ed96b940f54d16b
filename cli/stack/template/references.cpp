#include "stack/template/references.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::stack {
namespace {

bool is_plain_scalar(const YamlNode& node) {
  return node.is_scalar() && node.tag.empty();
}

class Collector {
 public:
  Collector(const SourceText& source, bool in_conditions, std::vector<Reference>& out)
      : source_(source), in_conditions_(in_conditions), out_(out) {}

  void visit(const YamlNode& node) { visit(node, intrinsic_of(node)); }

 private:
  void visit(const YamlNode& node, const Intrinsic& function) {
    const Intrinsic inner = function.name.empty() ? Intrinsic{} : computed_argument(node, function);
    if (!inner.name.empty())
      visit(function.argument == &node ? node : *function.argument, inner);
    else if (function.name == "Ref")
      ref(*function.argument);
    else if (function.name == "GetAtt")
      get_att(*function.argument);
    else if (function.name == "Sub")
      sub(*function.argument);
    else if (function.name == "If")
      condition_if(*function.argument);
    else if (function.name == "FindInMap")
      find_in_map(*function.argument);
    else if (function.name == "Condition" && in_conditions_)
      add({ReferenceKind::kCondition, function.argument->value, {}, {}, function.argument->at});
    else
      children(node);
  }

  void children(const YamlNode& node) {
    for (const YamlNode& item : node.items) visit(item);
    for (const YamlEntry& entry : node.entries) visit(entry.value);
  }

  void add(Reference reference) {
    reference.guards = guards_;
    out_.push_back(std::move(reference));
  }

  void ref(const YamlNode& name) {
    // Something else than a name is kept as a reference to nothing, which is wrong wherever it stands.
    add({ReferenceKind::kRef, name.is_scalar() ? name.value : "", {}, {}, name.at});
  }

  void add_placeholder(const std::string& spelt, Position at) {
    const std::size_t dot = spelt.find('.');
    if (dot == std::string::npos)
      add({ReferenceKind::kRef, spelt, {}, {}, at});
    else
      add({ReferenceKind::kGetAtt, spelt.substr(0, dot), spelt.substr(dot + 1), {}, at});
  }

  void get_att(const YamlNode& argument) {
    if (argument.is_scalar()) {
      const std::size_t dot = std::min(argument.value.find('.'), argument.value.size());
      const std::string attribute = argument.value.substr(std::min(dot + 1, argument.value.size()));
      return add({ReferenceKind::kGetAtt, argument.value.substr(0, dot), attribute, {}, argument.at});
    }
    if (argument.items.size() != 2 || !is_plain_scalar(argument.items[0])) return children(argument);
    const YamlNode& attribute = argument.items[1];
    const std::string name = is_plain_scalar(attribute) ? attribute.value : "";
    add({ReferenceKind::kGetAtt, argument.items[0].value, name, {}, argument.at});
    if (!is_plain_scalar(attribute)) visit(attribute);
  }

  void sub(const YamlNode& argument) {
    const YamlNode& text = argument.is_sequence() && !argument.items.empty() ? argument.items[0] : argument;
    const YamlNode* local = argument.items.size() > 1 ? &argument.items[1] : nullptr;
    std::size_t from = text.offset;
    for (const Placeholder& placeholder : placeholders_of(text.value)) {
      // Escapes may hide a placeholder from this search; from then on the scalar's own place must do.
      if (from != std::string_view::npos) from = source_.text().find("${" + placeholder.name, from);
      const Position at = from == std::string_view::npos ? text.at : source_.position(from);
      if (from != std::string_view::npos) ++from;
      if (local == nullptr || local->find(placeholder.name) == nullptr) add_placeholder(placeholder.name, at);
    }
    if (local != nullptr) children(*local);
  }

  void condition_if(const YamlNode& argument) {
    const std::vector<YamlNode>& items = argument.items;
    const bool named = !items.empty() && is_plain_scalar(items[0]);
    if (named) add({ReferenceKind::kCondition, items[0].value, {}, {}, items[0].at});
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (named) guards_.emplace_back(items[0].value, i == 1);
      visit(items[i]);
      if (named) guards_.pop_back();
    }
  }

  void find_in_map(const YamlNode& argument) {
    Reference reference{ReferenceKind::kFindInMap, {}, {}, {}, argument.at};
    for (const YamlNode& item : argument.items) reference.has_default |= item.find("DefaultValue") != nullptr;
    const auto computed = std::find_if_not(argument.items.begin(), argument.items.end(), is_plain_scalar);
    for (auto item = argument.items.begin(); item != computed; ++item) reference.keys.push_back(item->value);
    if (!reference.keys.empty()) {
      reference.name = reference.keys.front();
      reference.keys.erase(reference.keys.begin());
      add(std::move(reference));
    }
    for (const YamlNode& item : argument.items)
      if (!is_plain_scalar(item)) visit(item);
  }

  const SourceText& source_;
  bool in_conditions_;
  std::vector<std::pair<std::string, bool>> guards_;
  std::vector<Reference>& out_;
};

}  // namespace

namespace {

/// The long form, whatever the node's tag is.
Intrinsic long_form(const YamlNode& node) {
  if (!node.is_map() || node.entries.size() != 1) return {};
  const std::string_view key = node.entries.front().key.value;
  const YamlNode* argument = &node.entries.front().value;
  if (key == "Ref" || (key == "Condition" && argument->is_scalar())) return {key, argument};
  if (key.starts_with("Fn::")) return {key.substr(4), argument};
  return {};
}

}  // namespace

Intrinsic intrinsic_of(const YamlNode& node) {
  if (node.tag.size() > 1 && node.tag.front() == '!') return {std::string_view(node.tag).substr(1), &node};
  return long_form(node);
}

Intrinsic computed_argument(const YamlNode& node, const Intrinsic& function) {
  return function.argument == &node ? long_form(node) : intrinsic_of(*function.argument);
}

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    line_starts_.push_back(at + 1);
}

Position SourceText::position(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t line = static_cast<std::size_t>(after - line_starts_.begin());
  const std::size_t start = line_starts_[line - 1];
  return {line, utf8_length(text_.substr(start, offset - start)) + 1};
}

std::string SourceText::line(std::size_t number) const {
  return number == 0 || number > line_starts_.size() ? "" : line_of(text_.substr(line_starts_[number - 1]), 1);
}

void collect_references(const YamlNode& node, const SourceText& source, bool in_conditions,
                        std::vector<Reference>& references) {
  Collector(source, in_conditions, references).visit(node);
}

std::vector<Placeholder> placeholders_of(std::string_view sub_text) {
  std::vector<Placeholder> found;
  for (std::size_t at = sub_text.find("${"); at != std::string_view::npos; at = sub_text.find("${", at + 2)) {
    const std::size_t end = sub_text.find('}', at);
    if (end == std::string_view::npos) break;
    const std::string_view name = trim(sub_text.substr(at + 2, end - at - 2));
    if (!name.empty() && name.front() != '!') found.push_back({std::string(name), at});
  }
  return found;
}

}  // namespace wsdeep::stack
