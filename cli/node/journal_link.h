#pragma once

#include <string>

#include "base/env.h"
#include "base/files.h"

namespace wsdeep::node {

struct JournalTarget {
  std::string group;
  std::string stream;
  std::string cursor_file;  ///< how far the journal has been sent
};

/// Sends lines of `journalctl -o json` from `input` until it ends, and then what is left for a few seconds. Region,
/// endpoint and keys are found as by CloudWatchLink. Throws Error{kUsage} when no region is known.
void ship_journal(const JournalTarget& target, int input, const Env& env, Files& files);

}  // namespace wsdeep::node
