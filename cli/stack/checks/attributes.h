#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::stack {

/// What `Fn::GetAtt` returns for a resource type, or nullptr for a type that this program does not know.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html, "Return values"
const std::vector<std::string>* attributes_of(std::string_view resource_type);

}  // namespace wsdeep::stack
