// yaml-cpp reads, our tree keeps: yaml-cpp's own nodes share what aliases name, lose the difference between `5` and
// "5" under a tag, and do not say where a key stands. Its event interface tells all of that, and lets limits be kept
// while reading: an alias is copied and counted, so that a bomb (ten anchors, each ten times the one before) ends at
// the node limit instead of in the memory of whoever walks the tree later.

#include "stack/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/display.h"
#include "base/encoding.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::stack {
namespace {

/// Thrown inside the parser to stop it; never leaves this file.
struct Stop {
  Position at;
  std::string message;
};

Position position_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) count += count_nodes(item);
  for (const YamlEntry& entry : node.entries) count += count_nodes(entry.key) + count_nodes(entry.value);
  return count;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t depth = 0;
  for (const YamlNode& item : node.items) depth = std::max(depth, depth_of(item));
  for (const YamlEntry& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const YamlLimits& limits) : limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(YamlNode::Kind::kNull, mark, ""), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::kScalar, mark, tag);
    node.plain = tag == "?";
    node.value = value;
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchored_.find(anchor);
    if (named == anchored_.end()) throw Stop{position_of(mark), "an alias inside of what it names"};
    YamlNode copy = named->second;
    copy.alias = true;
    copy.at = position_of(mark);
    copy.offset = static_cast<std::size_t>(mark.pos);
    count(count_nodes(copy), copy.at);
    if (open_.size() + depth_of(copy) > limits_.depth) throw too_deep(copy.at);
    add(std::move(copy), 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(make(YamlNode::Kind::kSequence, mark, tag), anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(make(YamlNode::Kind::kMap, mark, tag), anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  YamlNode root;
  std::vector<std::pair<Position, std::string>> repeated_keys;
  std::vector<Position> merge_keys;

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    bool has_key = false;  ///< of a map: the entry's key is there, its value is next
    std::set<std::string> keys;
  };

  Stop too_deep(Position at) const { return {at, fmt::format("nested more than {} levels deep", limits_.depth)}; }

  void count(std::size_t more, Position at) {
    nodes_ += more;
    if (nodes_ > limits_.nodes) throw Stop{at, fmt::format("more than {} values, aliases counted", limits_.nodes)};
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    YamlNode node;
    node.kind = kind;
    node.at = position_of(mark);
    node.offset = mark.is_null() ? 0 : static_cast<std::size_t>(mark.pos);
    if (tag != "?" && tag != "!") node.tag = tag;
    count(1, node.at);
    return node;
  }

  void open(YamlNode node, YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    if (open_.size() >= limits_.depth) throw too_deep(node.at);
    node.flow = style == YAML::EmitterStyle::Flow;
    open_.push_back({std::move(node), anchor, false, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchored_[anchor] = node;
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      if (node.plain && node.value == "<<")
        merge_keys.push_back(node.at);
      else if (!parent.keys.insert(node.value).second)
        repeated_keys.emplace_back(node.at, node.value);
      parent.node.entries.push_back({std::move(node), {}});
      parent.has_key = true;
    }
  }

  const YamlLimits& limits_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchored_;
  std::size_t nodes_ = 0;
};

/// Adds problems of one text to a document.
class Problems {
 public:
  Problems(std::string_view text, const std::string& file, std::vector<Diagnostic>& out)
      : text_(text), file_(file), out_(out) {}
  void add(Position at, std::string message, std::string hint = {}) {
    out_.push_back({Severity::kError, file_, at, std::move(message), std::move(hint), line_of(text_, at.line)});
  }

 private:
  std::string_view text_;
  const std::string& file_;
  std::vector<Diagnostic>& out_;
};

/// yaml-cpp counts bytes; people count characters. Only lines that hold more than ASCII need the difference.
void count_columns_in_code_points(YamlNode& node, const std::vector<std::string_view>& lines) {
  const auto fix = [&](Position& at) {
    if (at.line == 0 || at.line > lines.size()) return;
    const std::string_view before = lines[at.line - 1].substr(0, at.column - 1);
    at.column = utf8_length(before) + 1;
  };
  fix(node.at);
  for (YamlNode& item : node.items) count_columns_in_code_points(item, lines);
  for (YamlEntry& entry : node.entries) {
    count_columns_in_code_points(entry.key, lines);
    count_columns_in_code_points(entry.value, lines);
  }
}

/// The tab that indents the line `last`, where the parser stopped, or the one before; line 0 when there is none. Only
/// asked for when a text does not parse: a tab is right inside of a block of text, and in JSON.
Position tab_in_indentation(std::string_view text, std::size_t last) {
  const std::vector<std::string_view> lines = split(text, '\n');
  if (trim(text).starts_with('{')) return {};
  for (std::size_t number = last > 1 ? last - 1 : 1; number <= last && number <= lines.size(); ++number) {
    const std::string_view line = lines[number - 1];
    const std::size_t tab = line.find_first_not_of(' ');
    if (tab != std::string_view::npos && line[tab] == '\t' && !trim(line).empty()) return {number, tab + 1};
  }
  return {};
}

void read_document(std::string_view text, const YamlLimits& limits, YamlDocument& document, Problems& problems) {
  TreeBuilder builder(limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    document.root = std::move(builder.root);
    TreeBuilder rest(limits);
    if (parser.HandleNextDocument(rest)) problems.add(rest.root.at, "a second document; one file holds one");
  } catch (const Stop& stop) {
    problems.add(stop.at, stop.message);
  } catch (const YAML::Exception& fault) {
    const Position tab = tab_in_indentation(text, position_of(fault.mark).line);
    if (tab.line > 0)
      problems.add(tab, "a tab indents this line, and YAML indents with spaces only");
    else
      problems.add(position_of(fault.mark), fault.msg);
  }
  for (const Position& at : builder.merge_keys)
    problems.add(at, "the merge key '<<' is not supported", "write out the keys that it stands for");
  for (const auto& [at, key] : builder.repeated_keys) problems.add(at, fmt::format("the key '{}' is repeated", key));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries)
    if (entry.key.value == key) return &entry.value;
  return nullptr;
}

std::string yaml_quoted(std::string_view text) {
  return fmt::format("\"{}\"", json_escape(text));
}

YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  YamlDocument document;
  Problems problems(text, file, document.problems);
  if (text.size() > limits.bytes) {
    problems.add({}, fmt::format("the file is larger than {}", human_bytes(limits.bytes)));
  } else if (text.find('\0') != std::string_view::npos || !is_utf8(text)) {
    problems.add({}, "the file is not UTF-8 text");
  } else {
    read_document(text, limits, document, problems);
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!ascii) count_columns_in_code_points(document.root, split(text, '\n'));
  }
  return document;
}

}  // namespace wsdeep::stack
