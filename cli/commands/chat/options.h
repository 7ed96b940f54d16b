#pragma once

#include <string>
#include <vector>

#include "commands/target.h"
#include "session/turn_machine.h"
#include "terminal/context.h"

namespace wsdeep::commands {

struct ChatOptions {
  TargetOptions target;
  std::string user;
  std::string message;
  std::string chat_id;
  std::string room;                     ///< empty: a chat with the model alone
  std::vector<std::string> parameters;  ///< key=value
  bool reasoning = false;
  bool stats = false;
  bool json = false;
  bool timings = false;
  int timeout_seconds = 120;
};

session::TurnOptions turn_options(const ChatOptions& options);

/// One question from the command line or stdin: the answer on stdout. The exit code.
int run_chat_once(const ChatOptions& options, const std::string& question, Context& context);
/// Questions and answers at the terminal until the user leaves. The exit code.
int run_chat_screen(const ChatOptions& options, Context& context);
/// A room's people at the terminal until the user leaves. The exit code.
int run_room_screen(const ChatOptions& options, Context& context);
/// Says `message`, or each line of stdin when it is empty, in the room, and waits until it is said; stdout gets what
/// the model answers. The exit code.
int run_room_once(const ChatOptions& options, const std::string& message, Context& context);

}  // namespace wsdeep::commands
