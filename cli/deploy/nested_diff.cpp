#include "deploy/nested_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "deploy/resources.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

class NestedDiff {
 public:
  NestedDiff(StackSession& session, const ChangeStyle& style)
      : access_(session.access), style_(style), console_(session.context.console) {}

  /// Prints what differs in the stacks within `stack`, and in those within them; true when something does.
  bool show(const std::string& stack, const std::string& template_text, const std::string& prefix = {}, int depth = 0) {
    const auto ids = stack::resources_of_type(template_text, "AWS::CloudFormation::Stack");
    if (ids.empty() || depth == kMaxDepth) return false;
    const auto urls = nested_template_urls(template_text);
    bool differs = false;
    for (const aws::StackResource& resource : access_.cloudformation.list_resources(stack)) {
      if (!is_nested_stack(resource)) continue;
      const auto url = urls.find(resource.logical_id);
      if (url == urls.end()) {
        if (std::find(ids.begin(), ids.end(), resource.logical_id) != ids.end())
          unknown(prefix + resource.logical_id, "its TemplateURL is computed");
        continue;
      }
      differs |= show_one(resource, url->second, prefix + resource.logical_id, depth);
    }
    return differs;
  }

 private:
  static constexpr int kMaxDepth = 8;

  void unknown(const std::string& path, const std::string& why) {
    say(console_,
        fmt::format("what changes within {} only a change set knows, see it with wsdeep deploy --no-execute: {}", path,
                    why));
  }

  bool show_one(const aws::StackResource& resource, const std::string& url, const std::string& path, int depth) {
    const auto place = aws::s3_place(url);
    if (!place) {
      unknown(path, fmt::format("{} is no address of S3", url));
      return false;
    }
    try {
      const std::string after = access_.s3.get_object(place->bucket, place->key);
      const bool differs = compare(access_.cloudformation.get_template(resource.physical_id), after, path);
      return show(resource.physical_id, after, path + "/", depth + 1) || differs;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted) throw;
      unknown(path, error.what());
      return false;
    }
  }

  bool compare(const std::string& before, const std::string& after, const std::string& path) {
    auto diff = diff_templates(before, after);
    console_.out(fmt::format("within {}: {}\n", path, diff.empty() ? "nothing" : summary_of(diff.resources)));
    for (aws::ResourceChange& change : diff.resources) change.logical_id = path + "/" + change.logical_id;
    console_.out(render_changes(diff.resources, style_) +
                 render_security(security_changes(diff.resources), false, style_));
    if (!diff.others.empty()) console_.out("  other sections\n" + render_properties(diff.others, style_));
    return !diff.empty();
  }

  StackAccess& access_;
  const ChangeStyle& style_;
  const Console& console_;
};

}  // namespace

bool show_nested_diff(StackSession& session, const std::string& template_text, const ChangeStyle& style) {
  return NestedDiff(session, style).show(session.target.name, template_text);
}

}  // namespace wsdeep::deploy
