#pragma once

#include <string_view>

#include "llm/outcome.h"

/// The one table of what is wrong when an engine says so. Private to cli/llm.
namespace wsdeep::llm {

/// What an engine says of an error.
struct ErrorSigns {
  int status = 0;  ///< HTTP's, of the answer or in the error's `code`; 0: none
  std::string_view
      type;  ///< `overloaded_error`, `BadRequestError`, …: the error's `type`, `code` and `status`, as words
  std::string_view words;
};

LlmFault fault_of(const ErrorSigns& signs);

}  // namespace wsdeep::llm
