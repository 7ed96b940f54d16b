#pragma once

#include <cstddef>

namespace wsdeep::llm {

/// Why a call never reached the engine.
enum class Refusal { kDraining, kInvalid, kQueueFull, kWaitTooLong };
constexpr std::size_t kRefusals = 4;

}  // namespace wsdeep::llm
