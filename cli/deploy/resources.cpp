#include "deploy/resources.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMaxDepth = 16;  // CloudFormation sets no limit; nobody comes near

void collect(aws::CloudFormation& cloudformation, const std::string& stack, const std::string& prefix, int depth,
             std::vector<aws::StackResource>& out) {
  for (aws::StackResource& resource : cloudformation.list_resources(stack)) {
    if (resource.status == "DELETE_COMPLETE") continue;
    resource.logical_id = prefix + resource.logical_id;
    out.push_back(resource);
    if (is_nested_stack(resource) && depth < kMaxDepth)
      collect(cloudformation, resource.physical_id, resource.logical_id + "/", depth + 1, out);
  }
}

void expand(aws::CloudFormation& cloudformation, std::vector<aws::ResourceChange>& changes, const std::string& prefix,
            int depth, std::vector<aws::ResourceChange>& out) {
  for (aws::ResourceChange& change : changes) {
    change.logical_id = prefix + change.logical_id;
    out.push_back(change);
    if (change.nested.empty() || depth == kMaxDepth) continue;
    auto nested = cloudformation.describe_change_set("", change.nested);
    if (nested) expand(cloudformation, nested->changes, change.logical_id + "/", depth + 1, out);
  }
}

}  // namespace

bool is_nested_stack(const aws::StackResource& resource) {
  return resource.type == "AWS::CloudFormation::Stack" && !resource.physical_id.empty();
}

std::vector<aws::StackResource> all_resources(aws::CloudFormation& cloudformation, const std::string& stack) {
  std::vector<aws::StackResource> found;
  collect(cloudformation, stack, "", 0, found);
  return found;
}

void add_nested_changes(aws::CloudFormation& cloudformation, std::vector<aws::ResourceChange>& changes) {
  std::vector<aws::ResourceChange> all;
  expand(cloudformation, changes, "", 0, all);
  changes = std::move(all);
}

}  // namespace wsdeep::deploy
