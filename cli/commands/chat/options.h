#pragma once

#include <string>
#include <vector>

#include "commands/target.h"
#include "session/chat_session.h"
#include "terminal/context.h"

namespace wsdeep::commands {

struct ChatOptions {
  TargetOptions target;
  std::string user;
  std::string message;
  std::string chat_id;
  std::vector<std::string> parameters;  ///< key=value
  bool reasoning = false;
  bool stats = false;
  bool json = false;
  int timeout_seconds = 120;
};

/// The session that the options ask for, at the target.
session::SessionOptions session_options(const ChatOptions& options, const users::Target& target);

/// One question from the command line or stdin: the answer on stdout. The exit code.
int run_chat_once(const ChatOptions& options, const std::string& question, Context& context);
/// Questions and answers at the terminal until the user leaves. The exit code.
int run_chat_screen(const ChatOptions& options, Context& context);

}  // namespace wsdeep::commands
