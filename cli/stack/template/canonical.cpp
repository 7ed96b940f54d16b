#include "stack/template/canonical.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace wsdeep::stack {

void write_canonical(const YamlNode& node, std::string& out, const std::set<std::string_view>& without) {
  if (!node.tag.empty()) out += node.tag + " ";
  if (node.is_map()) {
    out += "{";
    for (const YamlEntry& entry : node.entries) {
      if (without.contains(entry.key.value)) continue;
      out += fmt::format("\"{}\":", json_escape(entry.key.value));
      write_canonical(entry.value, out, without);
      out += ",";
    }
    out += "}";
  } else if (node.is_sequence()) {
    out += "[";
    for (const YamlNode& item : node.items) {
      write_canonical(item, out, without);
      out += ",";
    }
    out += "]";
  } else {
    out += fmt::format("\"{}\"", json_escape(node.value));
  }
}

}  // namespace wsdeep::stack
