#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/chat/options.h"
#include "commands/commands.h"

namespace wsdeep::commands {
namespace {

int run_chat(const ChatOptions& options, Context& context);

}  // namespace

void add_chat(const Command& app, Context& context) {
  auto options = std::make_shared<ChatOptions>();
  const Command command = app.add_subcommand("chat", "Talk to the model, interactively or with one question");
  command.add_option("-m,--message", options->message, "ask this, print the answer, and end");
  command.add_option("--user", options->user, "whose sign-in to use; without it the one used last");
  command.add_option("--chat", options->chat_id, "resume this chat (its id: letters, digits, - and _)");
  command.add_option("--room", options->room, "talk with the people of this room; lobby is the one with everybody");
  command.add_option("--param", options->parameters, "sampling parameter, such as temperature=0.7; may be repeated");
  command.add_flag("--reasoning", options->reasoning, "print the model's reasoning too");
  command.add_flag("--stats", options->stats, "print TTFT and tokens/s on stderr");
  command.add_flag("--json", options->json, "print one JSON event a line");
  command.add_flag("--timings", options->timings, "with --json: tell when each token was generated");
  command.add_option("--timeout", options->timeout_seconds, "seconds without a sign of life after which to give up")
      .range(1, 3600);
  command.footer(
      "At a terminal it is interactive: /help tells the commands, Ctrl-C cancels a running answer.\n"
      "Otherwise the question is -m or stdin, and stdout gets the answer alone, a pipe when it is whole.\n\n"
      "Examples:\n  wsdeep chat\n  wsdeep chat -m \"What is a KV cache?\" --stats\n  git diff | wsdeep chat --json\n"
      "  wsdeep chat --room ops\n  wsdeep chat --room ops -m \"@model what does exit code 137 mean?\"");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_chat(*options, context); });
}

namespace {

std::string read_question();
int run_room(const ChatOptions& options, Context& context);

int run_chat(const ChatOptions& options, Context& context) {
  if (!options.room.empty()) return run_room(options, context);
  const bool at_terminal = context.console.stdin_is_terminal() && context.console.stdout_is_terminal();
  if (options.message.empty() && at_terminal) return run_chat_screen(options, context);
  const std::string question = options.message.empty() ? read_question() : options.message;
  if (trim(question).empty()) throw Error(ErrorKind::kUsage, "the message is empty", "pass one with -m, or on stdin");
  return run_chat_once(options, question, context);
}

int run_room(const ChatOptions& options, Context& context) {
  for (const auto& [given, flag] : {std::pair(!options.chat_id.empty(), "--chat"),
                                    {options.json, "--json"},
                                    {options.timings, "--timings"},
                                    {options.stats, "--stats"},
                                    {options.reasoning, "--reasoning"},
                                    {!options.parameters.empty(), "--param"}})
    if (given)
      throw Error(ErrorKind::kUsage, fmt::format("{} is for a chat with the model alone, not for a room", flag),
                  fmt::format("leave out {}, or --room", flag));
  const bool at_terminal = context.console.stdin_is_terminal() && context.console.stdout_is_terminal();
  return options.message.empty() && at_terminal ? run_room_screen(options, context)
                                                : run_room_once(options, options.message, context);
}

constexpr std::size_t kMaxQuestionBytes = 400'000;  // 100,000 characters of at most four bytes

std::string read_question() {
  std::string question;
  char block[8192];
  while (std::cin.read(block, sizeof block), std::cin.gcount() > 0) {
    question.append(block, static_cast<std::size_t>(std::cin.gcount()));
    if (question.size() > kMaxQuestionBytes)
      throw Error(ErrorKind::kUsage, "the message on stdin is longer than 100,000 characters");
  }
  return question;
}

}  // namespace

}  // namespace wsdeep::commands
