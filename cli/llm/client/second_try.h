#pragma once

#include <chrono>
#include <optional>

#include "llm/outcome.h"

namespace wsdeep::llm {

/// In what time a generation that ended so, before any of its answer had come, is worth one more try, without its
/// sticky cookie; nothing: it is not. A node that is full or gone is left at once where a cookie led to it, or where it
/// says that it drains: another one may have room. So is a connection that broke, for it may have ended long before: a
/// Lambda function is frozen between two invocations, and its idle connections are purged meanwhile
/// (https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html). Else its hint is obeyed when that is short, and
/// its time leaves more than that; who comes then comes a little later, so that not all who were refused come at once.
std::optional<std::chrono::milliseconds> second_try_in(const LlmOutcome& outcome, bool had_cookie,
                                                       std::chrono::milliseconds left);

/// The node ended the stream in the middle because it drains: begun again it is answered by another one.
bool hands_over(const LlmOutcome& outcome);

}  // namespace wsdeep::llm
