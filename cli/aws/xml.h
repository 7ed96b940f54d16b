#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::aws {

/// An element of the XML that AWS's query and REST protocols answer with. Attributes are dropped: no answer that is
/// read here says anything in one.
struct XmlNode {
  std::string name;  ///< without its namespace prefix
  std::string text;  ///< what stands directly inside, entities resolved; without the blanks around child elements
  std::vector<XmlNode> children;

  /// The first child of that name, or nullptr.
  const XmlNode* find(std::string_view child) const;
  /// The text at a path of names such as `Owner/ID`; empty when there is no such element.
  std::string text_of(std::string_view path) const;
  /// The text of the first element of that name at any depth below this one; empty when there is none.
  std::string text_within(std::string_view descendant) const;
  /// The `element` children of the child `list`, in order: `list("Stacks")` are its `<member>`s.
  std::vector<const XmlNode*> list(std::string_view list, std::string_view element = "member") const;
  std::vector<const XmlNode*> all(std::string_view child) const;
};

/// The root element of `text`. Throws Error{kFailure} `WHAT: not XML at byte 17: cause`, also for a document type (its
/// entities could grow without bound or name files), malformed UTF-8, more than 8 MiB, and elements nested more than 64
/// deep.
XmlNode parse_xml(std::string_view text, std::string_view what);

}  // namespace wsdeep::aws
