#pragma once

#include <string>

#include "aws/cloudformation.h"

namespace wsdeep::commands {

/// The stack's outputs: `text` in two columns, `json` as one object, `env` as `export WEB_SOCKET_URL='…'` lines that a
/// shell can evaluate.
std::string render_outputs(const aws::Stack& stack, const std::string& format);

}  // namespace wsdeep::commands
