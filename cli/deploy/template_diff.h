#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudformation.h"
#include "stack/settings/parameters.h"

namespace wsdeep::deploy {

/// How one template differs from another: meaning only; comments, order and short or long forms do not count.
struct TemplateDiff {
  std::vector<aws::ResourceChange> resources;  ///< Add, Modify (with its properties), Remove; by logical id
  std::vector<aws::PropertyChange> others;     ///< of every other section, such as `/Outputs/ApiId/Value`

  bool empty() const { return resources.empty() && others.empty(); }
};

/// Both YAML or JSON. Throws Error{kUsage} for one that is neither.
TemplateDiff diff_templates(std::string_view before, std::string_view after);

/// What is shown in place of a value that is a secret, and where CloudFormation hides (`****`) what it would differ
/// from.
inline constexpr const char* kHidden = "(hidden)";
inline constexpr const char* kHiddenChanges = "(hidden, changes)";
inline constexpr const char* kHiddenMayChange = "(hidden, may change)";

/// Values that the stack has against those that it would get; with `all` those too that stay (kUnchanged). The values
/// of `hidden` parameters (NoEcho) are not in it.
std::vector<aws::PropertyChange> diff_parameters(const std::map<std::string, std::string>& before,
                                                 const std::vector<stack::Parameter>& after,
                                                 const std::set<std::string>& hidden = {}, bool all = false);
/// Parameters whose value Systems Manager has and which it has another one for by now, such as the newest image.
std::vector<aws::PropertyChange> diff_resolved(const std::map<std::string, std::string>& before,
                                               const std::map<std::string, std::string>& after);
/// False when all that there is may or may not change, which nobody can tell.
bool surely_differ(const std::vector<aws::PropertyChange>& parameters);

/// Gives the resources of a change set that came without property values, or without what they are before and after,
/// those that the templates show.
void fill_in_properties(std::vector<aws::ResourceChange>& changes, const TemplateDiff& diff);

/// The templates of nested stacks whose TemplateURL is written out, by logical id.
std::map<std::string, std::string> nested_template_urls(std::string_view template_text);

/// Marks the Auto Scaling groups that a change set only modifies, but whose update policy in the template replaces the
/// instances then. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html
void mark_replaced_instances(std::vector<aws::ResourceChange>& changes, std::string_view template_text);

}  // namespace wsdeep::deploy
