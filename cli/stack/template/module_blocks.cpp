// How a module becomes blocks of the output
// ------------------------------------------
// A module is a CloudFormation template of its own, in block style, with three directives:
//
//   Name: {x-when: FLAG, …}     the entry, or list item, whose map begins with x-when exists only when FLAG holds
//   Name: {x-each: LIST, …}     a block exists once for each item of LIST; its key gets the item's suffix
//   key: !Slot NAME             the value is the YAML that the shape has under NAME; without one the entry is dropped
//
// The output must read like the module: its comments, its quoting, its `!Sub`s. A YAML emitter would lose the comments
// and restyle the rest, and replacing text by pattern would not know what it replaces. So the tree decides and the text
// is edited: parsing tells where every key and value stands, the directives become edits (from byte, to byte, new
// text), and what nothing edits is copied byte for byte.
//
// Text belongs to entries by lines. An entry starts at the first comment line that stands directly above its key, at
// the same indentation, and ends where the next entry starts; the last one ends where its parent does. For
//
//    8        - Effect: Allow
//    9          Action: a
//   10        # Only with rooms.
//   11        - x-when: rooms
//   12          Effect: Allow
//
// item 2 has the lines 10 to 12. With the flag off the edit removes them; with it on the edit removes from `x-when` to
// `Effect`, so that the dash stays. A block's own directives are found in the same walk: its map may begin with x-each,
// and then the walk runs once for each item, with the item's slots in front of the shape's.

#include "stack/template/module_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kWhen = "x-when";
constexpr std::string_view kEach = "x-each";
constexpr std::string_view kSlotTag = "!Slot";
constexpr std::string_view kBlockSections[] = {"Metadata", "Parameters", "Mappings", "Conditions",
                                               "Rules",    "Resources",  "Outputs"};

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Edit {
  Span span;
  std::string text;
};

using BlockItem = std::map<std::string, std::string>;

class Resolver {
 public:
  Resolver(const TemplateModule& module, const Shape& shape) : module_(module), text_(module.text), shape_(shape) {}

  ResolvedModule run();

 private:
  [[noreturn]] void fail(Position at, const std::string& cause) const {
    throw Error(ErrorKind::kFailure,
                fmt::format("templates/{}.yaml:{}:{}: {}", module_.name, at.line, at.column, cause));
  }

  // Places in the text.
  std::size_t line_start(std::size_t offset) const {
    const std::size_t newline = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
  }
  std::size_t next_line(std::size_t offset) const { return std::min(text_.find('\n', offset), text_.size() - 1) + 1; }
  std::size_t entry_start(std::size_t offset) const;
  std::size_t without_blank_tail(Span span) const;

  // What the directives say.
  bool holds(const YamlNode& flag) const;
  const std::string* slot_text(const YamlNode& slot) const;

  // The walk: edits of everything inside `span`.
  void walk(const YamlNode& node, Span span, std::vector<Edit>& edits);
  void walk_map(const YamlNode& node, Span span, std::vector<Edit>& edits);
  void walk_items(const YamlNode& node, Span span, std::vector<Edit>& edits);
  /// False when the entry is dropped, which an edit has done then.
  bool keep(const YamlNode& value, Span entry, std::vector<Edit>& edits);
  void fill_slot(const YamlNode& slot, std::vector<Edit>& edits);
  void drop_directive(const YamlNode& map, std::vector<Edit>& edits);
  std::string apply(Span span, std::vector<Edit> edits) const;

  // From the file to the blocks.
  Section section_of(const YamlEntry& entry, Span span);
  void add_blocks(const YamlEntry& entry, Span span, Section& section);
  void add_block(const YamlEntry& entry, Span span, const std::string& suffix, Section& section);

  const TemplateModule& module_;
  std::string_view text_;
  const Shape& shape_;
  const BlockItem* item_ = nullptr;  ///< of the block that is being copied
};

bool starts_with_directive(const YamlNode& node, std::string_view directive) {
  return node.is_map() && !node.entries.empty() && node.entries.front().key.value == directive;
}

/// The line of `offset`, or the first of the comment lines directly above it that have its indentation.
std::size_t Resolver::entry_start(std::size_t offset) const {
  std::size_t start = line_start(offset);
  const std::size_t indent = text_.find_first_not_of(' ', start) - start;
  while (start > 0) {
    const std::size_t above = line_start(start - 1);
    const std::size_t first = text_.find_first_not_of(' ', above);
    if (text_[first] != '#' || first - above != indent) break;
    start = above;
  }
  return start;
}

std::size_t Resolver::without_blank_tail(Span span) const {
  std::size_t end = span.end;
  while (end > span.begin + 1 && text_[end - 1] == '\n' && text_[end - 2] == '\n') --end;
  return end;
}

bool Resolver::holds(const YamlNode& flag) const {
  const auto found = shape_.flags.find(flag.value);
  if (found == shape_.flags.end()) fail(flag.at, fmt::format("unknown flag '{}'", flag.value));
  return found->second;
}

const std::string* Resolver::slot_text(const YamlNode& slot) const {
  if (item_ != nullptr) {
    const auto found = item_->find(slot.value);
    if (found != item_->end()) return &found->second;
  }
  const auto found = shape_.slots.find(slot.value);
  if (found == shape_.slots.end()) fail(slot.at, fmt::format("unknown slot '{}'", slot.value));
  return found->second ? &*found->second : nullptr;
}

void Resolver::walk(const YamlNode& node, Span span, std::vector<Edit>& edits) {
  if (node.tag == kSlotTag)
    fill_slot(node, edits);
  else if (node.is_map())
    walk_map(node, span, edits);
  else if (node.is_sequence())
    walk_items(node, span, edits);
}

void Resolver::walk_map(const YamlNode& node, Span span, std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const auto& [key, value] = node.entries[i];
    if (key.value == kWhen || key.value == kEach) continue;
    const std::size_t end = i + 1 < node.entries.size() ? node.entries[i + 1].key.offset : span.end;
    const Span entry = node.flow ? Span{key.offset, end}
                                 : Span{entry_start(key.offset), i + 1 < node.entries.size() ? entry_start(end) : end};
    if (keep(value, entry, edits))
      walk(value, entry, edits);
    else if (node.flow)
      fail(key.at, "what may be left out stands on a line of its own");
  }
}

void Resolver::walk_items(const YamlNode& node, Span span, std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const bool last = i + 1 == node.items.size();
    const std::size_t end = last ? span.end : node.items[i + 1].offset;
    const Span item = node.flow ? Span{node.items[i].offset, end}
                                : Span{entry_start(node.items[i].offset), last ? end : entry_start(end)};
    if (keep(node.items[i], item, edits))
      walk(node.items[i], item, edits);
    else if (node.flow)
      fail(node.items[i].at, "what may be left out stands on a line of its own");
  }
}

bool Resolver::keep(const YamlNode& value, Span entry, std::vector<Edit>& edits) {
  const bool conditional = starts_with_directive(value, kWhen);
  const bool dropped =
      (conditional && !holds(value.entries.front().value)) || (value.tag == kSlotTag && slot_text(value) == nullptr);
  if (dropped) edits.push_back({{entry.begin, without_blank_tail(entry)}, ""});
  if (conditional && !dropped) drop_directive(value, edits);
  return !dropped;
}

/// The directive's line, or behind a dash, which stays, from its key to the next one.
void Resolver::drop_directive(const YamlNode& map, std::vector<Edit>& edits) {
  if (map.entries.size() < 2) fail(map.at, "nothing after the directive");
  const std::size_t begin = map.entries.front().key.offset;
  const std::size_t after = next_line(begin);
  const bool alone = text_.find_first_not_of(' ', line_start(begin)) == begin;
  edits.push_back(alone ? Edit{{line_start(begin), after}, ""}
                        : Edit{{begin, text_.find_first_not_of(' ', after)}, ""});
}

/// One line takes the place of the tag; a block goes below the key, indented one level further.
void Resolver::fill_slot(const YamlNode& slot, std::vector<Edit>& edits) {
  const std::string spelt = fmt::format("{} {}", kSlotTag, slot.value);
  if (text_.substr(slot.offset, spelt.size()) != spelt) fail(slot.at, "a slot is written `!Slot NAME`, on one line");
  const std::string& value = *slot_text(slot);
  const Span span{slot.offset, slot.offset + spelt.size()};
  if (value.find('\n') == std::string::npos) {
    edits.push_back({span, value});
    return;
  }
  const std::size_t line = line_start(slot.offset);
  const std::string indent(text_.find_first_not_of(' ', line) - line + 2, ' ');
  std::string block;
  for (const std::string_view part : split(trim(value), '\n')) block += fmt::format("\n{}{}", indent, part);
  edits.push_back({{span.begin - 1, span.end}, block});
}

std::string Resolver::apply(Span span, std::vector<Edit> edits) const {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
  std::string out;
  std::size_t done = span.begin;
  for (const Edit& edit : edits) {
    out += text_.substr(done, edit.span.begin - done);
    out += edit.text;
    done = edit.span.end;
  }
  out += text_.substr(done, span.end - done);
  return out;
}

void Resolver::add_block(const YamlEntry& entry, Span span, const std::string& suffix, Section& section) {
  std::vector<Edit> edits;
  if (!suffix.empty()) {
    const std::size_t end_of_key = entry.key.offset + entry.key.value.size();
    edits.push_back({{end_of_key, end_of_key}, suffix});
  }
  if (starts_with_directive(entry.value, kEach)) drop_directive(entry.value, edits);
  if (keep(entry.value, span, edits)) {
    walk(entry.value, span, edits);
    section.blocks.push_back({entry.key.value + suffix, apply(span, std::move(edits))});
  }
}

void Resolver::add_blocks(const YamlEntry& entry, Span span, Section& section) {
  span.end = without_blank_tail(span);
  if (!starts_with_directive(entry.value, kEach)) return add_block(entry, span, "", section);
  const YamlNode& name = entry.value.entries.front().value;
  const auto list = shape_.lists.find(name.value);
  if (list == shape_.lists.end()) fail(name.at, fmt::format("unknown list '{}'", name.value));
  for (const BlockItem& item : list->second) {
    item_ = &item;
    add_block(entry, span, item.at("suffix"), section);
  }
  item_ = nullptr;
}

Section Resolver::section_of(const YamlEntry& entry, Span span) {
  Section section{entry.key.value, "", {}};
  const bool of_blocks =
      std::find(std::begin(kBlockSections), std::end(kBlockSections), section.name) != std::end(kBlockSections);
  span.end = without_blank_tail(span);
  if (!of_blocks) {
    std::vector<Edit> edits;
    walk(entry.value, span, edits);
    section.text = apply(span, std::move(edits));
    return section;
  }
  const auto& entries = entry.value.entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t end = i + 1 < entries.size() ? entry_start(entries[i + 1].key.offset) : span.end;
    add_blocks(entries[i], {entry_start(entries[i].key.offset), end}, section);
  }
  return section;
}

ResolvedModule Resolver::run() {
  const YamlDocument document = parse_yaml(text_, fmt::format("templates/{}.yaml", module_.name));
  if (has_errors(document.problems)) fail(document.problems.front().at, document.problems.front().message);
  if (!document.root.is_map() || !text_.ends_with('\n')) fail({1, 1}, "expected a map and a newline at the end");
  ResolvedModule resolved;
  const auto& entries = document.root.entries;
  const std::size_t first = line_start(entries.front().key.offset);
  for (std::size_t at = 0; at < first && text_[at] == '#'; at = next_line(at))
    resolved.comment += text_.substr(at, next_line(at) - at);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t begin = i == 0 ? first : entry_start(entries[i].key.offset);
    const std::size_t end = i + 1 < entries.size() ? entry_start(entries[i + 1].key.offset) : text_.size();
    resolved.sections.push_back(section_of(entries[i], {begin, end}));
  }
  return resolved;
}

}  // namespace

ResolvedModule resolve_module(const TemplateModule& module, const Shape& shape) {
  return Resolver(module, shape).run();
}

}  // namespace wsdeep::stack
