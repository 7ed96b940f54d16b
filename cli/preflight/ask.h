#pragma once

#include <string>

#include "aws/client.h"
#include "net/http_call.h"
#include "preflight/facts.h"

namespace wsdeep::preflight {

/// What `error` says about a call of `action`.
Trouble trouble_of(const std::string& action, const Error& error);

/// The answer of `question`, or why there is none. Throws nothing of ours.
template <typename Question>
auto ask(const std::string& action, Question question) -> Asked<decltype(question())> {
  try {
    return {question(), std::nullopt};
  } catch (const Error& error) {
    return {std::nullopt, trouble_of(action, error)};
  }
}

}  // namespace wsdeep::preflight
