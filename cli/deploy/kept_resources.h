#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudformation.h"
#include "deploy/stack_session.h"

/// What earlier stacks of the same name have left in the account: tables and user pools with DeletionPolicy Retain, or
/// those that --retain-resource kept. CloudFormation remembers it for 90 days, the resources' own tags for good.
namespace wsdeep::deploy {

struct KeptResource {
  std::string logical_id;
  std::string type;
  std::string physical_id;
  std::string deleted;     ///< when its stack was; empty: only its tags are known
  bool is_tagged = false;  ///< its tags say so, and that it is there
};

struct KeptSearch {
  std::vector<KeptResource> found;  ///< one for each resource of the template, the newest that is there
  std::vector<KeptResource>
      others;  ///< older ones of the same, and those that the template, or an import, does not take
};

/// What the stack that `template_text` makes could take back. `earlier`: CloudFormation::deleted_stacks of its name.
KeptSearch find_kept(StackSession& session, std::string_view template_text,
                     const std::vector<aws::DeletedStack>& earlier);

/// Empty for a type that is not taken back.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
std::string_view identifier_of(std::string_view type);
/// A template of these alone, as an import into a new stack wants it: each with a DeletionPolicy, the parameters that
/// they refer to, nothing that refers to what is not imported, no outputs and no transform.
std::string import_template(std::string_view template_text, const std::vector<KeptResource>& kept);

}  // namespace wsdeep::deploy
