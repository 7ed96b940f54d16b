#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stack/diagnostic.h"

namespace wsdeep::stack {

struct YamlEntry;

/// A node of a YAML document with its place in the text. Local tags (`!Sub`) are kept; aliases are copies of what they
/// name, with the place of the alias.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  std::string tag;     ///< "!Sub", "!Ref" …, or empty
  std::string value;   ///< of a scalar
  bool plain = false;  ///< a scalar without quotes: `true` is a boolean, `"true"` is text
  bool flow = false;   ///< a sequence or map in `[…]` or `{…}`
  bool alias = false;  ///< a copy of what an alias names
  Position at;
  std::size_t offset = 0;          ///< the byte at which the node, or its tag, starts
  std::vector<YamlNode> items;     ///< of a sequence
  std::vector<YamlEntry> entries;  ///< of a map, in the order of the text

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }
  /// The value of `key`, or nullptr when this is no map or has no such key.
  const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

struct YamlLimits {
  std::size_t bytes = 4 << 20;
  std::size_t depth = 100;
  std::size_t nodes = 200'000;  ///< aliases counted as the copies that they are
};

struct YamlDocument {
  YamlNode root;
  std::vector<Diagnostic>
      problems;  ///< syntax errors, repeated and merge keys, limits; the root is unusable after an error
};

/// Parses the one document that `text` holds. Never throws for what the text holds.
YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

/// `text` as a double-quoted scalar, which is a JSON string and a basic string of TOML too.
std::string yaml_quoted(std::string_view text);

}  // namespace wsdeep::stack
