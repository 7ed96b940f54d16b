#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "base/random.h"
#include "base/suggest.h"
#include "base/text.h"
#include "commands/chat/options.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kMaxQuestionBytes = 400'000;  // 100,000 characters of at most four bytes

double real(std::string_view key, std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorKind::kUsage, fmt::format("parameter {} must be a number, got '{}'", key, text));
}

std::int64_t whole(std::string_view key, std::string_view text) {
  if (const auto value = parse_integer(text, INT32_MIN, INT32_MAX)) return *value;
  throw Error(ErrorKind::kUsage, fmt::format("parameter {} must be a whole number, got '{}'", key, text));
}

/// `maxTokens` and `max_tokens` are the same name.
std::string canonical(std::string_view key) {
  std::string name = to_lower(key);
  std::erase(name, '_');
  return name;
}

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

int run_chat(const ChatOptions& options, Context& context) {
  const bool at_terminal = context.console.stdin_is_terminal() && context.console.stdout_is_terminal();
  if (options.message.empty() && at_terminal) return run_chat_screen(options, context);
  const std::string question = options.message.empty() ? read_question() : options.message;
  if (trim(question).empty()) throw Error(ErrorKind::kUsage, "the message is empty", "pass one with -m, or on stdin");
  return run_chat_once(options, question, context);
}

}  // namespace

void set_parameter(GenerationParameters& p, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    throw Error(ErrorKind::kUsage, fmt::format("expected key=value, got '{}'", assignment));
  const std::string_view key = assignment.substr(0, equals), value = assignment.substr(equals + 1);
  const std::string name = canonical(key);
  const auto set_real = [&](std::optional<double>& field) {
    field = value.empty() ? std::nullopt : std::optional(real(key, value));
  };
  const auto set_whole = [&](auto& field) {
    if (value.empty()) return field.reset();
    field = static_cast<typename std::decay_t<decltype(field)>::value_type>(whole(key, value));
  };
  if (name == "temperature") return set_real(p.temperature);
  if (name == "maxtokens") return set_whole(p.max_tokens);
  if (name == "topp") return set_real(p.top_p);
  if (name == "topk") return set_whole(p.top_k);
  if (name == "presencepenalty") return set_real(p.presence_penalty);
  if (name == "frequencypenalty") return set_real(p.frequency_penalty);
  if (name == "repetitionpenalty") return set_real(p.repetition_penalty);
  if (name == "seed") return set_whole(p.seed);
  if (name == "stop") {
    if (value.empty()) return p.stop.clear();
    p.stop.emplace_back(value);
    return;
  }
  const auto near = closest(key, {"temperature", "maxTokens", "topP", "topK", "presencePenalty", "frequencyPenalty",
                                  "repetitionPenalty", "seed", "stop"});
  throw Error(ErrorKind::kUsage,
              fmt::format("unknown parameter '{}'{}", key, near ? fmt::format(", did you mean '{}'?", *near) : ""));
}

std::string describe(const GenerationParameters& p) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, const auto& value) {
    if (value) parts.push_back(fmt::format("{}={}", name, *value));
  };
  add("temperature", p.temperature), add("maxTokens", p.max_tokens), add("topP", p.top_p), add("topK", p.top_k);
  add("presencePenalty", p.presence_penalty), add("frequencyPenalty", p.frequency_penalty);
  add("repetitionPenalty", p.repetition_penalty), add("seed", p.seed);
  for (const std::string& stop : p.stop) parts.push_back(fmt::format("stop={}", stop));
  return join(parts, " ");
}

session::SessionOptions session_options(const ChatOptions& options, const Target& target) {
  session::SessionOptions session;
  session.url = stage_url(target);
  session.ca_file = target.ca_file;
  session.chat_id = options.chat_id.empty() ? random_uuid() : options.chat_id;
  return session;
}

void add_chat(CLI::App& app, Context& context) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* command = app.add_subcommand("chat", "Talk to the model, interactively or with one question");
  command->add_option("-m,--message", options->message, "ask this, print the answer, and end");
  command->add_option("--user", options->user, "whose sign-in to use; without it the one used last");
  command->add_option("--chat", options->chat_id, "resume this chat (its id: letters, digits, - and _)");
  command->add_option("--param", options->parameters, "sampling parameter, such as temperature=0.7; may be repeated");
  command->add_flag("--reasoning", options->reasoning, "print the model's reasoning too");
  command->add_flag("--stats", options->stats, "print TTFT and tokens/s on stderr");
  command->add_flag("--json", options->json, "print one JSON event a line");
  command->add_option("--timeout", options->timeout_seconds, "seconds without a sign of life after which to give up")
      ->check(CLI::Range(1, 3600));
  command->footer(
      "At a terminal it is interactive: /help tells the commands, Ctrl-C cancels a running answer.\n"
      "Otherwise the question is -m or stdin, and stdout gets the answer alone.\n\n"
      "Examples:\n  wsdeep chat\n  wsdeep chat -m \"What is a KV cache?\" --stats\n  git diff | wsdeep chat --json");
  add_target_options(*command, options->target);
  command->callback([options, &context] { context.run = [options, &context] { return run_chat(*options, context); }; });
}

}  // namespace wsdeep::commands
