#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "load/shard/place.h"

namespace wsdeep::load {

/// What a worker says of itself each second, as its line of JSON without the line break.
std::string worker_line(int worker, WorkerState state, const WorkerFigures& figures);

/// Reads one into a standing; false, and nothing is done, when it is none.
bool read_worker_line(std::string_view line, WorkerStanding& standing);

/// `waiting`, as it stands in the line.
std::string_view word_of(WorkerState state);

}  // namespace wsdeep::load
