// Any bytes as an answer of AWS in XML: refused as a failure, or a tree of bounded depth whose text is UTF-8; reading
// it as each of the answers that we know never crashes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/cloudformation_xml.h"
#include "base/error.h"
#include "base/utf8.h"
#include "fuzz/target.h"

namespace xml_fuzz {
namespace {

using namespace wsdeep::aws;

constexpr int kMaxDepth = 64;  // as parse_xml promises

void check(const XmlNode& node, int depth) {
  if (depth > kMaxDepth || node.name.empty() || !wsdeep::is_utf8(node.text)) std::abort();
  for (const XmlNode& child : node.children) check(child, depth + 1);
}

void read_all(const XmlNode& root) {
  detail::stack_in(root);
  detail::change_in(root);
  detail::event_in(root);
  detail::resource_in(root);
  detail::drift_in(root);
  ChangeSet change_set;
  detail::read_change_set_head(root, change_set);
}

}  // namespace

FUZZ_TARGET(xml_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const XmlNode root = parse_xml(text, "the answer");
    check(root, 1);
    read_all(root);
    root.text_within("Code");
    for (const XmlNode& child : root.children) read_all(child);
  } catch (const wsdeep::Error&) {
  }
  return 0;
}

}  // namespace xml_fuzz
