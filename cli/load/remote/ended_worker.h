#pragma once

#include <cstdint>
#include <string>

#include "load/shard/place.h"

namespace wsdeep::load {

/// A worker whose process ended with `code`, of which the place says `words`; kGone when a signal ended it, or when it
/// was `killed` otherwise.
WorkerStanding ended_standing(std::int64_t code, bool killed, const std::string& words);

}  // namespace wsdeep::load
