#pragma once

#include "commands/loadtest/load_test.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {

/// What the runs of one command have in common. All of it outlives them.
struct Runs {
  const LoadOptions& options;
  const LoadTest& test;
  const Interrupts& interrupts;
  Context& context;
};

}  // namespace wsdeep::commands
