#include "llm/client/generate.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/answer_text.h"
#include "commands/llm/client_options.h"
#include "commands/parameter_option.h"

namespace wsdeep::commands {
namespace {

struct GenerateOptions {
  ClientOptions client;
  std::vector<std::string> parameters;
  std::string prompt;
  std::string system;
  std::string model;
  bool reasoning = false;
};

int run_generate(const GenerateOptions& options, Context& context);

}  // namespace

void add_llm_generate(const Command& llm, Context& context) {
  auto options = std::make_shared<GenerateOptions>();
  options->client.timeout_seconds = 120;
  const Command command = llm.add_subcommand("generate", "Stream one answer from a node");
  command.add_option("prompt", options->prompt, "what to ask").required();
  command.add_option("--system", options->system, "system message");
  command.add_option("--model", options->model, "model to ask for");
  command.add_option("--param", options->parameters, "sampling parameter, such as temperature=0.7");
  command.add_flag("--reasoning", options->reasoning, "print the model's reasoning too");
  add_client_options(command, options->client);
  command.runs([options, &context] { return run_generate(*options, context); });
}

namespace {

LlmRequest request_of(const GenerateOptions& options);
std::string generation_summary(const LlmResult& result);
std::string describe(const Usage& usage);

int run_generate(const GenerateOptions& options, Context& context) {
  llm::Client client(llm_target(options.client, context));
  const Console& console = context.console;
  AnswerText answer(console, options.reasoning);
  const llm::LlmOutcome outcome = llm::generate(client, request_of(options), options.client.timeout(),
                                                [&](const LlmChunk& chunk) { answer.add(chunk); });
  answer.end();
  if (!outcome.ok) throw Error(ErrorKind::kFailure, "the generation failed: " + outcome.cause, outcome.hint);
  if (const std::string remark = answer.remark(outcome.result.finish_reason); !remark.empty())
    console.err(remark + "\n");
  console.err(generation_summary(outcome.result) + "\n");
  return 0;
}

LlmRequest request_of(const GenerateOptions& options) {
  LlmRequest request;
  if (!options.system.empty()) request.messages.push_back({"system", options.system});
  request.messages.push_back({"user", options.prompt});
  request.model = options.model;
  for (const std::string& assignment : options.parameters) set_parameter(request.parameters, assignment);
  return request;
}

/// `120 prompt tokens (96 cached) · 48 tokens (20 reasoning)`
std::string describe(const Usage& usage) {
  std::string text = fmt::format("{} prompt tokens", usage.prompt_tokens);
  if (usage.cached_prompt_tokens) text += fmt::format(" ({} cached)", *usage.cached_prompt_tokens);
  text += fmt::format(" · {} tokens", usage.completion_tokens);
  if (usage.reasoning_tokens.value_or(0) > 0) text += fmt::format(" ({} reasoning)", *usage.reasoning_tokens);
  return text;
}

/// An older server says less.
std::string generation_summary(const LlmResult& result) {
  std::string text = result.finish_reason;
  if (result.usage) text += " · " + describe(*result.usage);
  return result.node_id.empty() ? text : text + " · node " + result.node_id;
}

}  // namespace

}  // namespace wsdeep::commands
