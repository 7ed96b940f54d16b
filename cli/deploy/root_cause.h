#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "deploy/change_set.h"
#include "stack/diagnostic.h"

/// Why a deployment failed. CloudFormation reports dozens of failures for one cause: what it cancelled because of the
/// first, the stack's own, each parent's of a nested stack. The cause is the earliest that says something of its own.
namespace wsdeep::deploy {

struct RootCause {
  aws::StackEvent event;
  std::vector<aws::StackEvent> others;  ///< failures with a reason of their own, at the same time or later
  std::size_t cascades = 0;             ///< failures that only follow from these
  std::string advice;                   ///< what usually fixes it; may be empty
};

/// `events` of one operation, of the stack and those nested in it, oldest first. Nothing when none has failed.
std::optional<RootCause> find_root_cause(const std::vector<aws::StackEvent>& events);

/// What usually fixes a failure of that kind; empty when nobody knows.
std::string advice_for(const std::string& reason, const std::string& type);

struct TemplatePlace {
  std::string file;
  std::string resource;  ///< the logical id that stands in the template
  stack::Position at;
};

/// Where a resource comes from. What SAM derives from `MessageFunction`, such as `MessageFunctionRole`, is found at
/// the longest logical id that its own starts with.
std::optional<TemplatePlace> place_of(const std::string& logical_id, const std::string& template_text,
                                      const std::string& file);

/// Cause, ids, reason, places and advice, each on its line; then the other causes, and how many failures were folded.
/// `places`: where the resource comes from, then where each stack that it is nested in does, innermost first.
std::string render_failure(const RootCause& cause, const std::vector<TemplatePlace>& places, const ChangeStyle& style);

}  // namespace wsdeep::deploy
