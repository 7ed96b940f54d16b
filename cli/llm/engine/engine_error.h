#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "llm/outcome.h"

/// How engines say that something is wrong: every one in its own way, and their users need its words. Private to
/// cli/llm.
namespace wsdeep::llm {

struct EngineError {
  LlmFault fault = LlmFault::kInternal;
  std::string words;  ///< the engine's own, on one line and bounded; empty when it has none
};

/// The error that a document of an answer tells, if it does: `{"error": …}` (but for null, false, "" and {}),
/// `{"object": "error"}`, any document of an `event: error`, and one that is no part of an answer but has words, such
/// as
/// `{"detail": "Not authenticated"}`.
std::optional<EngineError> error_in(const nlohmann::json& document, bool is_error_event);

/// The same of the body of an answer with this error status, whose code says more than the status and whose words may
/// be those of a page or a text.
EngineError error_of_body(int status, std::string_view body);

/// What the body of an error status, or a body that is no answer, says: the words of a JSON document (FastAPI's list of
/// flaws among them), the title of a page, the first line of a text.
std::string words_of_body(std::string_view body);

/// On one line, printable, and no longer than a message bears.
std::string one_line(std::string_view words);

}  // namespace wsdeep::llm
