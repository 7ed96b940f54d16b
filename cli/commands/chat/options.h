#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/target.h"
#include "session/chat_session.h"
#include "terminal/context.h"
#include "wire/llm.h"

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

/// Sets one `key=value` of the sampling parameters, by either of their spellings; an empty value unsets it. Throws
/// Error{kUsage} for an unknown key, with a near miss, and for a value of the wrong type.
void set_parameter(GenerationParameters& parameters, std::string_view assignment);
/// `temperature=0.7 maxTokens=100`, or "" when none is set.
std::string describe(const GenerationParameters& parameters);

/// The session that the options ask for, at the target.
session::SessionOptions session_options(const ChatOptions& options, const Target& target);

/// One question from the command line or stdin: the answer on stdout. The exit code.
int run_chat_once(const ChatOptions& options, const std::string& question, Context& context);
/// Questions and answers at the terminal until the user leaves. The exit code.
int run_chat_screen(const ChatOptions& options, Context& context);

}  // namespace wsdeep::commands
