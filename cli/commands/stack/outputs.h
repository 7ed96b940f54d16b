#pragma once

#include <string>
#include <vector>

#include "aws/cloudformation.h"

namespace wsdeep::commands {

/// Outputs of one stack or both: `text` in two columns, `json` as one object.
std::string render_outputs(const std::vector<aws::StackOutput>& outputs, const std::string& format);

}  // namespace wsdeep::commands
