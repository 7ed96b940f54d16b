#include "commands/loadtest/places.h"

#include <fmt/format.h>

#include <string_view>

#include "base/printable.h"
#include "load/local_place.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {

std::unique_ptr<load::Place> place_of(const WorkerOptions&, Context& context) {
  return std::make_unique<load::LocalPlace>(
      context.program, context.env, [&context](int worker, std::string_view line) {
        say(context.console, fmt::format("worker {}: {}", worker, printable(std::string(line))));
      });
}

bool has_one_clock(const WorkerOptions& options) {
  return options.on == "local";
}

}  // namespace wsdeep::commands
