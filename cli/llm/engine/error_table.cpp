#include "llm/engine/error_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

// An HTTP status says enough when it is one that engines use for one thing only. 404 may be the model or the path, 503
// is said by an engine that is full, by one that loads its model and by a proxy whose engine is down; 500, and an error
// in an answer that began well, may be anything. There the error's type decides, and where that says nothing, its
// words.
//
//   429, 529, busy                 → kOverloaded     RESOURCE_EXHAUSTED    full: another node may have room
//   502, 503, loading, no model up → kUnavailable    UNAVAILABLE           nobody is there (yet)
//   400, 413, 422, context length  → kInvalid        INVALID_ARGUMENT      another question may do
//   a model that it does not have  → kInvalid        INVALID_ARGUMENT      (404 alone: a wrong path, kUnavailable)
//   401, 403, 407                  → kMisconfigured  FAILED_PRECONDITION   the node's key
//   408, 504                       → kTimeout        DEADLINE_EXCEEDED
//   else                           → kInternal       INTERNAL

namespace wsdeep::llm {
namespace {

/// As the engines write them, in lower case. vLLM, SGLang, llama.cpp (and its name for the same as a type).
constexpr std::array<std::string_view, 8> kContextLength = {"context_length",     "context length",   "context size",
                                                            "context_size",       "context window",   "maximum context",
                                                            "prompt is too long", "input is too long"};
/// Ollama, SGLang, TGI, Dynamo, vLLM's queue limits, llama.cpp's /slots, proxies.
constexpr std::array<std::string_view, 21> kBusy = {"busy",
                                                    "overload",
                                                    "queue is full",
                                                    "queue full",
                                                    "queuefull",
                                                    "maximum pending requests",
                                                    "too many requests",
                                                    "too_many_requests",
                                                    "toomanyrequests",
                                                    "rate limit",
                                                    "rate_limit",
                                                    "ratelimit",
                                                    "request limit reached",
                                                    "resource_exhausted",
                                                    "resourceexhausted",
                                                    "insufficient_quota",
                                                    "insufficient_system_resource",
                                                    "no slot available",
                                                    "at capacity",
                                                    "over capacity",
                                                    "max_num_queued"};
constexpr std::array<std::string_view, 5> kLoading = {"loading", "is starting", "not ready", "warming up",
                                                      "is sleeping"};
constexpr std::array<std::string_view, 8> kKey = {"authentication",    "unauthorized",    "unauthenticated",
                                                  "permission_",       "api key",         "api_key",
                                                  "not authenticated", "permissiondenied"};
constexpr std::array<std::string_view, 4> kNoModel = {"not found", "does not exist", "not_found", "notfound"};
constexpr std::array<std::string_view, 5> kInvalid = {"invalid_request", "badrequest", "bad_request", "validation",
                                                      "unprocessable"};
constexpr std::array<std::string_view, 2> kTimeout = {"timeout", "timed out"};
constexpr std::array<std::string_view, 3> kUnavailable = {"unavailable", "no healthy upstream", "connection refused"};

template <std::size_t Count>
bool any_in(const std::string& text, const std::array<std::string_view, Count>& known) {
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view one) { return text.find(one) != std::string::npos; });
}

/// Type and words, in lower case.
struct Said {
  std::string type, words, both;

  bool context_length() const { return any_in(both, kContextLength); }
  bool busy() const { return any_in(both, kBusy); }
  bool loading() const { return any_in(both, kLoading); }
  /// Of the model, and not of a path.
  bool no_model() const { return any_in(both, kNoModel) && words.find("model") != std::string::npos; }
};

/// Busy, but for what says only that it is about to serve. An engine that loads its model is not full.
LlmFault unavailable_or_busy(const Said& said) {
  return said.busy() && !said.loading() ? LlmFault::kOverloaded : LlmFault::kUnavailable;
}

LlmFault fault_said(const Said& said) {
  if (said.context_length() || said.no_model()) return LlmFault::kInvalid;
  if (any_in(said.both, kKey)) return LlmFault::kMisconfigured;
  if (said.busy()) return unavailable_or_busy(said);
  if (any_in(said.type, kInvalid)) return LlmFault::kInvalid;
  if (any_in(said.type, kTimeout)) return LlmFault::kTimeout;
  if (any_in(said.both, kUnavailable) || any_in(said.words, kLoading)) return LlmFault::kUnavailable;
  return LlmFault::kInternal;
}

}  // namespace

LlmFault fault_of(const ErrorSigns& signs) {
  Said said{to_lower(signs.type), to_lower(signs.words), ""};
  said.both = said.type + "\n" + said.words;
  switch (signs.status) {
    case 400:
    case 413:
    case 422:
      return LlmFault::kInvalid;
    case 401:
    case 403:
    case 407:
      return LlmFault::kMisconfigured;
    case 404:
      return said.no_model() ? LlmFault::kInvalid : LlmFault::kUnavailable;
    case 408:
    case 504:
      return LlmFault::kTimeout;
    case 429:
    case 529:
      return LlmFault::kOverloaded;
    case 502:
      return LlmFault::kUnavailable;
    case 503:
      return unavailable_or_busy(said);
    default:
      return fault_said(said);
  }
}

}  // namespace wsdeep::llm
