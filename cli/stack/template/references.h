#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stack/yaml_tree.h"

namespace wsdeep::stack {

/// The intrinsic function that a node is, in its short (`!Sub x`) or long (`Fn::Sub: x`) form.
struct Intrinsic {
  std::string_view name;               ///< "Ref", "GetAtt", "Sub" …; empty: the node is no function
  const YamlNode* argument = nullptr;  ///< the node itself for the short form: look past its tag
};
Intrinsic intrinsic_of(const YamlNode& node);
/// The function that the argument of `function`, which `node` is, is itself: Sub for `!Base64 {Fn::Sub: x}`.
Intrinsic computed_argument(const YamlNode& node, const Intrinsic& function);

enum class ReferenceKind { kRef, kGetAtt, kCondition, kFindInMap };

struct Reference {
  ReferenceKind kind = ReferenceKind::kRef;
  std::string name;
  std::string attribute;          ///< of GetAtt; empty when it is computed
  std::vector<std::string> keys;  ///< of FindInMap: those that are literals, in order, up to the first computed one
  Position at;
  bool has_default = false;  ///< of FindInMap: a DefaultValue stands in for a key that the mapping lacks
  std::vector<std::pair<std::string, bool>>
      guards{};  ///< conditions of the Fn::If around it, and in which branch it is
};

/// Places inside of scalars need the text.
class SourceText {
 public:
  explicit SourceText(std::string_view text);
  std::string_view text() const { return text_; }
  Position position(std::size_t offset) const;
  /// As line_of, without going through the text.
  std::string line(std::size_t number) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

/// Adds every reference under `node`. `in_conditions`: `Condition: name` is a reference too.
void collect_references(const YamlNode& node, const SourceText& source, bool in_conditions,
                        std::vector<Reference>& references);

/// The `${Name}` and `${Name.Attribute}` of a Sub, literals (`${!x}`) left out; `at` counts from the text's start.
struct Placeholder {
  std::string name;
  std::size_t at = 0;
};
std::vector<Placeholder> placeholders_of(std::string_view sub_text);

}  // namespace wsdeep::stack
