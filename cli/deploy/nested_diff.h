#pragma once

#include <string>
#include <vector>

#include "deploy/stack_session.h"
#include "deploy/template_diff.h"

namespace wsdeep::deploy {

/// How what runs in a nested stack differs from what its TemplateURL names by now; the ids are paths, `Network/Vpc`.
struct NestedDifference {
  std::string path;
  TemplateDiff diff;  ///< may be empty
};

/// Looks into the nested stacks, and those within them: a TemplateURL may name something else by now though it has not
/// changed. What cannot be known is said on stderr.
std::vector<NestedDifference> nested_differences(StackSession& session, const std::string& template_text);

}  // namespace wsdeep::deploy
