#include "aws/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"

// pugixml reads what an answer is made of; it knows neither external entities nor entities that a document type
// declares, and it parses, and frees, without recursion, so that the depth needs no limit before our own walk. It is
// lenient where we are not: several roots, text beside them, a document type, a NUL byte, and references to nothing.

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxBytes = 8 << 20;  // of which pugixml makes at most some 20 times as much
constexpr std::size_t kMaxDepth = 64;

/// References are resolved here and not by pugixml, which leaves those that it does not know as they are.
constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_doctype | pugi::parse_fragment | pugi::parse_ws_pcdata;

std::string_view cause_of(pugi::xml_parse_status status) {
  switch (status) {
    case pugi::status_bad_pi:
      return "a processing instruction that does not end";
    case pugi::status_bad_comment:
      return "a comment that does not end";
    case pugi::status_bad_cdata:
      return "character data that does not end";
    case pugi::status_bad_doctype:
      return "a document type";
    case pugi::status_bad_start_element:
      return "a start tag that does not end";
    case pugi::status_bad_attribute:
      return "expected an attribute and its quoted value";
    case pugi::status_bad_end_element:
      return "an end tag that does not end";
    case pugi::status_end_element_mismatch:
      return "an element is not closed where it should be";
    default:
      return "expected a tag";
  }
}

class Reader {
 public:
  explicit Reader(std::string_view what) : what_(what) {}

  XmlNode document(std::string_view text) const {
    if (text.size() > kMaxBytes) fail(kMaxBytes, "too long");
    if (!is_utf8(text)) fail(0, "malformed UTF-8");
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) fail(nul, "a NUL byte");
    pugi::xml_document parsed;
    const pugi::xml_parse_result result = parsed.load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
    refuse_document_type(parsed);  // also of what is broken further on: a page of HTML says best what it is
    if (!result) fail(result.offset, cause_of(result.status));
    return copy(root_of(parsed, text.size()), 0);
  }

 private:
  [[noreturn]] void fail(std::ptrdiff_t at, std::string_view cause) const {
    throw Error(ErrorKind::kFailure, fmt::format("{}: not XML at byte {}: {}", what_, at, cause));
  }

  void refuse_document_type(const pugi::xml_document& document) const {
    for (const pugi::xml_node node : document)
      if (node.type() == pugi::node_doctype) fail(node.offset_debug(), "a document type");
  }

  pugi::xml_node root_of(const pugi::xml_document& document, std::size_t size) const {
    pugi::xml_node root;
    for (const pugi::xml_node node : document) {
      if (node.type() == pugi::node_pcdata && trim(node.value()).empty()) continue;
      if (node.type() != pugi::node_element) fail(node.offset_debug(), "text beside the root element");
      if (root) fail(node.offset_debug(), "a second root element");
      root = node;
    }
    if (!root) fail(static_cast<std::ptrdiff_t>(size), "no element");
    return root;
  }

  XmlNode copy(const pugi::xml_node& from, std::size_t depth) const {
    if (depth >= kMaxDepth) fail(from.offset_debug(), "nested too deep");
    XmlNode node;
    node.name = local_name(from);
    for (const pugi::xml_node child : from) {
      if (child.type() == pugi::node_element)
        node.children.push_back(copy(child, depth + 1));
      else if (child.type() == pugi::node_cdata)
        node.text += child.value();
      else
        append_resolved(node.text, child);
    }
    if (!node.children.empty()) node.text = trim(node.text);
    return node;
  }

  std::string local_name(const pugi::xml_node& node) const {
    const std::string_view qualified = node.name();
    const std::string_view local = qualified.substr(qualified.rfind(':') + 1);
    if (local.empty()) fail(node.offset_debug(), "expected a name");
    return std::string(local);
  }

  void append_resolved(std::string& out, const pugi::xml_node& characters) const {
    const std::string_view text = characters.value();
    for (std::size_t at = 0;;) {
      const std::size_t reference = text.find('&', at);
      out += text.substr(at, reference - at);
      if (reference == std::string_view::npos) return;
      const std::size_t end = text.find(';', reference);
      if (end == std::string_view::npos || !append_reference(out, text.substr(reference + 1, end - reference - 1)))
        fail(characters.offset_debug() + static_cast<std::ptrdiff_t>(reference), "a reference to nothing");
      at = end + 1;
    }
  }

  /// False when `name` names no character.
  static bool append_reference(std::string& out, std::string_view name) {
    constexpr std::pair<std::string_view, char> kNamed[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [known, character] : kNamed)
      if (name == known) return out += character, true;
    if (!name.starts_with('#')) return false;
    const bool hexadecimal = name.starts_with("#x");
    name.remove_prefix(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (fault != std::errc() || end != name.data() + name.size() || code == 0 || code > 0x10FFFF || surrogate)
      return false;
    append_utf8(out, code);
    return true;
  }

  std::string_view what_;
};

}  // namespace

const XmlNode* XmlNode::find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const XmlNode& c) { return c.name == child; });
  return found == children.end() ? nullptr : &*found;
}

std::string XmlNode::text_of(std::string_view path) const {
  const XmlNode* node = this;
  for (const std::string_view step : split(path, '/')) {
    node = node->find(step);
    if (node == nullptr) return {};
  }
  return node->text;
}

std::string XmlNode::text_within(std::string_view descendant) const {
  const auto inside = [&](const XmlNode& node, const auto& self) -> const XmlNode* {
    for (const XmlNode& child : node.children) {
      if (child.name == descendant) return &child;
      if (const XmlNode* found = self(child, self)) return found;
    }
    return nullptr;
  };
  const XmlNode* found = inside(*this, inside);
  return found == nullptr ? std::string() : found->text;
}

std::vector<const XmlNode*> XmlNode::all(std::string_view child) const {
  std::vector<const XmlNode*> found;
  for (const XmlNode& candidate : children)
    if (candidate.name == child) found.push_back(&candidate);
  return found;
}

std::vector<const XmlNode*> XmlNode::list(std::string_view list, std::string_view element) const {
  const XmlNode* node = find(list);
  return node == nullptr ? std::vector<const XmlNode*>{} : node->all(element);
}

XmlNode parse_xml(std::string_view text, std::string_view what) {
  return Reader(what).document(text);
}

}  // namespace wsdeep::aws
