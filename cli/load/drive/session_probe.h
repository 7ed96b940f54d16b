#pragma once

#include <stop_token>

#include "load/drive/loop_threads.h"
#include "load/drive/stage_connection.h"

namespace wsdeep::load {

/// Opens the first session and closes it again, so that a wrong target is told before any load. Throws Error with what
/// is wrong: kRefused when it is the user, kFailure when it is the target, kInterrupted when `stop` came.
void probe_session(LoopThreads& loops, const StageAccess& access, const std::stop_token& stop);

}  // namespace wsdeep::load
