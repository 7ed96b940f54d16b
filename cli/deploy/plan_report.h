#pragma once

#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "deploy/nested_diff.h"
#include "deploy/template_diff.h"

/// What a deployment would change, for programs and for pull requests. Both forms are stable: the same difference is
/// the same text.
namespace wsdeep::deploy {

struct PlanReport {
  std::string stack;
  std::string region;
  bool is_new = false;  ///< there is no such stack: all of it is added
  bool differs = false;
  std::vector<aws::PropertyChange> parameters;
  TemplateDiff diff;
  std::vector<NestedDifference> nested;
};

/// `{"differs", "stacks": […]}`, and of each stack `{"stack", "region", "new", "differs", "summary", "security":
/// [{"resource", "what", "widens", "warning"}], "parameters": [{"path", "before", "after"}], "resources": [{"id",
/// "type", "fate", "loss", "properties"}], "other_sections", "nested": [{"stack", "summary", "security", "resources",
/// "other_sections"}]}`. `fate` is add, change, may_replace, replace or remove; `before` or `after` is missing where
/// there is none.
std::string plan_as_json(const std::vector<PlanReport>& reports);
/// For a comment of a pull request: who gains access first, then what becomes of each resource, the losses first; the
/// difference line by line is folded, and cut where a comment of GitHub's would be too long.
std::string plan_as_markdown(const std::vector<PlanReport>& reports);

}  // namespace wsdeep::deploy
