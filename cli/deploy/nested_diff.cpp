#include "deploy/nested_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "deploy/resources.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

class NestedDiff {
 public:
  explicit NestedDiff(StackSession& session) : access_(session.access), console_(session.context.console) {}

  void look(const std::string& stack, const std::string& template_text, const std::string& prefix = {}, int depth = 0) {
    const auto ids = stack::resources_of_type(template_text, "AWS::CloudFormation::Stack");
    if (ids.empty() || depth == kMostLevels) return;
    const auto urls = nested_template_urls(template_text);
    for (const aws::StackResource& resource : access_.cloudformation.list_resources(stack)) {
      if (!is_nested_stack(resource)) continue;
      const auto url = urls.find(resource.logical_id);
      if (url == urls.end()) {
        if (std::find(ids.begin(), ids.end(), resource.logical_id) != ids.end())
          unknown(prefix + resource.logical_id, "its TemplateURL is computed");
        continue;
      }
      look_at(resource, url->second, prefix + resource.logical_id, depth);
    }
  }

  std::vector<NestedDifference> take() { return std::move(found_); }

 private:
  static constexpr int kMostLevels = 8;

  void unknown(const std::string& path, const std::string& why) {
    say(console_,
        fmt::format("what changes within {} only a change set knows, see it with wsdeep deploy --no-execute: {}", path,
                    why));
  }

  void look_at(const aws::StackResource& resource, const std::string& url, const std::string& path, int depth) {
    const auto place = aws::s3_place(url);
    if (!place) return unknown(path, fmt::format("{} is no address of S3", url));
    try {
      const std::string after = access_.s3.get_object(place->bucket, place->key);
      compare(access_.cloudformation.get_template(resource.physical_id), after, path);
      look(resource.physical_id, after, path + "/", depth + 1);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted) throw;
      unknown(path, error.what());
    }
  }

  void compare(const std::string& before, const std::string& after, const std::string& path) {
    NestedDifference one{path, diff_templates(before, after)};
    for (aws::ResourceChange& change : one.diff.resources) change.logical_id = path + "/" + change.logical_id;
    found_.push_back(std::move(one));
  }

  StackAccess& access_;
  const Console& console_;
  std::vector<NestedDifference> found_;
};

}  // namespace

std::vector<NestedDifference> nested_differences(StackSession& session, const std::string& template_text) {
  NestedDiff diff(session);
  diff.look(session.target.name, template_text);
  return diff.take();
}

}  // namespace wsdeep::deploy
