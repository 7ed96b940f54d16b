#pragma once

#include <string>

#include "aws/cloudformation.h"

namespace wsdeep::commands {

/// The stack's outputs: `text` in two columns, `json` as one object.
std::string render_outputs(const aws::Stack& stack, const std::string& format);

}  // namespace wsdeep::commands
