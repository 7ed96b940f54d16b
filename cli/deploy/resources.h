#pragma once

#include <string>
#include <vector>

#include "aws/cloudformation.h"

/// A stack and the stacks nested in it, as one.
namespace wsdeep::deploy {

bool is_nested_stack(const aws::StackResource& resource);

/// The resources of a stack and of those nested in it, parents first; a nested one's logical id is a path,
/// `Network/Vpc`. Of what was deleted it lists nothing.
std::vector<aws::StackResource> all_resources(aws::CloudFormation& cloudformation, const std::string& stack);

/// Puts the changes of nested stacks below those of their parents, their logical ids as paths.
void add_nested_changes(aws::CloudFormation& cloudformation, std::vector<aws::ResourceChange>& changes);

}  // namespace wsdeep::deploy
