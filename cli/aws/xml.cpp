#include "aws/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxDepth = 64;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  XmlNode document() {
    if (!is_utf8(text_)) fail("malformed UTF-8");
    skip_misc();
    XmlNode root = element(0);
    skip_misc();
    if (at_ != text_.size()) fail("text after the root element");
    return root;
  }

 private:
  [[noreturn]] void fail(std::string_view cause) const {
    throw Error(ErrorKind::kFailure, fmt::format("{}: not XML at byte {}: {}", what_, at_, cause));
  }

  bool ahead(std::string_view token) const { return text_.substr(at_).starts_with(token); }

  void expect(std::string_view token) {
    if (!ahead(token)) fail(fmt::format("expected '{}'", token));
    at_ += token.size();
  }

  std::string_view until(std::string_view token) {
    const std::size_t end = text_.find(token, at_);
    if (end == std::string_view::npos) fail(fmt::format("no '{}' follows", token));
    const std::string_view inside = text_.substr(at_, end - at_);
    at_ = end + token.size();
    return inside;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  /// Comments, processing instructions and blanks between elements.
  void skip_misc() {
    for (;;) {
      skip_space();
      if (ahead("<!--"))
        until("-->");
      else if (ahead("<?"))
        until("?>");
      else
        return;
    }
  }

  std::string name() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n/>=<&\"'", at_), text_.size());
    const std::string_view qualified = text_.substr(at_, end - at_);
    const std::string_view local = qualified.substr(qualified.rfind(':') + 1);
    if (local.empty()) fail("expected a name");
    at_ = end;
    return std::string(local);
  }

  void skip_attribute() {
    name();
    skip_space();
    expect("=");
    skip_space();
    if (!ahead("\"") && !ahead("'")) fail("expected a quoted value");
    until(text_.substr(at_++, 1));
  }

  XmlNode element(std::size_t depth) {
    if (depth >= kMaxDepth) fail("nested too deep");
    expect("<");
    XmlNode node;
    node.name = name();
    for (skip_space(); !ahead(">") && !ahead("/>"); skip_space()) skip_attribute();
    if (ahead("/>")) {
      expect("/>");
      return node;
    }
    expect(">");
    content(node, depth);
    if (name() != node.name) fail(fmt::format("<{}> is not closed", node.name));
    skip_space();
    expect(">");
    return node;
  }

  /// Everything up to and including `</`.
  void content(XmlNode& node, std::size_t depth) {
    while (!ahead("</")) {
      if (at_ == text_.size()) fail(fmt::format("<{}> does not end", node.name));
      if (ahead("<!--"))
        until("-->");
      else if (ahead("<![CDATA["))
        at_ += 9, node.text += until("]]>");
      else if (ahead("<"))
        node.children.push_back(element(depth + 1));
      else
        characters(node.text);
    }
    expect("</");
    if (!node.children.empty()) node.text = trim(node.text);
  }

  void characters(std::string& out) {
    const std::size_t end = std::min(text_.find_first_of("<&", at_), text_.size());
    out += text_.substr(at_, end - at_);
    at_ = end;
    if (ahead("&")) out += entity();
  }

  std::string entity() {
    expect("&");
    const std::string_view name = until(";");
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "amp") return "&";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    return numbered(name);
  }

  std::string numbered(std::string_view name) {
    if (!name.starts_with('#')) fail("an unknown entity");
    const bool hexadecimal = name.starts_with("#x");
    const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (fault != std::errc() || end != digits.data() + digits.size() || code == 0 || code > 0x10FFFF || surrogate)
      fail("not a character");
    std::string character;
    append_utf8(character, code);
    return character;
  }

  std::string_view text_;
  std::string_view what_;
  std::size_t at_ = 0;
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
  return Reader(text, what).document();
}

}  // namespace wsdeep::aws
