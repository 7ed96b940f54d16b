#pragma once

#include <string>

#include "commands/target.h"
#include "wire/chat_frames.h"

namespace wsdeep::commands {

/// Why the model has not answered, for who runs the local system himself: its cause, where that is known soon, and the
/// command that tells more. It waits for the cause some seconds at most. Empty for every other failure, and for a
/// deployed system, whose users are told no more than the frame says.
std::string local_cause(const TargetOptions& options, const users::Target& target, const wire::ErrorFrame& failure,
                        const Context& context);
/// The command alone, at once.
std::string local_cause_command(const TargetOptions& options, const users::Target& target,
                                const wire::ErrorFrame& failure, const Context& context);

}  // namespace wsdeep::commands
