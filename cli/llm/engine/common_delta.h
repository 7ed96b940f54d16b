#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/llm.h"

/// The hot path of an answer. Private to cli/llm.
namespace wsdeep::llm {

/// What a chunk says that brings text, and nothing else but perhaps the usage so far.
struct CommonDelta {
  std::string text;  ///< not empty
  bool reasoning = false;
  std::optional<Usage> usage{};

  bool operator==(const CommonDelta&) const = default;
};

/// Reads a chunk as vLLM, SGLang, llama.cpp and OpenAI write nearly all of an answer, without building a document of
/// it. Nothing for whatever has another shape, a member that is not known here, or a flaw: the caller reads that in
/// full then. Where there is something, reading in full says the same: engine_answer_test.cpp and
/// engine_answer_fuzz.cpp compare the two.
std::optional<CommonDelta> read_common_delta(std::string_view text);

}  // namespace wsdeep::llm
