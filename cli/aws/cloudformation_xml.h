#pragma once

#include "aws/cloudformation.h"
#include "aws/xml.h"

/// What the elements of CloudFormation's answers say. Private to cloudformation.cpp.
namespace wsdeep::aws::detail {

Stack stack_in(const XmlNode& node);
ResourceChange change_in(const XmlNode& node);
StackEvent event_in(const XmlNode& node);
StackResource resource_in(const XmlNode& node);
ResourceDrift drift_in(const XmlNode& node);
/// Everything but the changes.
void read_change_set_head(const XmlNode& node, ChangeSet& into);

}  // namespace wsdeep::aws::detail
