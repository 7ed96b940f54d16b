#include "llm/client/generate.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/answer_text.h"
#include "commands/client_options.h"
#include "commands/llm/bedrock_generate.h"
#include "commands/llm/commands.h"
#include "commands/llm/generation_report.h"
#include "commands/llm/messages_file.h"
#include "commands/llm/metadata_option.h"
#include "commands/llm/node_access.h"
#include "commands/llm/session_file.h"
#include "commands/parameter_option.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

struct GenerateOptions {
  ClientOptions client;
  std::vector<std::string> parameters;
  std::vector<std::string> metadata;
  std::string prompt;
  std::string system;
  std::string messages_file;
  std::string session_file;
  std::string model;
  std::string engine = "node";
  std::string agent;
  int retries = 0;
  bool reasoning = false;
  bool timings = false;
  bool json = false;
};

int run_generate(const GenerateOptions& options, Context& context);

}  // namespace

void add_llm_generate(const Command& llm, Context& context) {
  auto options = std::make_shared<GenerateOptions>();
  options->client.timeout_seconds = 120;
  const Command command = llm.add_subcommand("generate", "Stream one answer from a node, or from Amazon Bedrock");
  command.add_option("prompt", options->prompt, "what to ask; - or nothing: stdin is the question");
  command.add_option("--system", options->system, "system message");
  command.add_option("--messages", options->messages_file,
                     "JSON list of {\"role\", \"content\"}, or one a line, to go before the prompt; - for stdin");
  command.add_option("--session", options->session_file,
                     "file that keeps the conversation, its id and its sticky cookie for the next command");
  command.add_option("--model", options->model, "model to ask for; of Bedrock's an id, an inference profile or an ARN");
  command.add_option("--engine", options->engine, "who answers: node, bedrock or bedrock-agent")
      .one_of({"node", "bedrock", "bedrock-agent"})
      .shows_default();
  command.add_option("--agent", options->agent, "Bedrock's agent, AGENT/ALIAS (their ids)");
  command.add_option("--param", options->parameters, "sampling parameter, such as temperature=0.7; may be repeated")
      .repeats();
  command
      .add_option("--metadata", options->metadata,
                  "gRPC metadata to send, NAME=VALUE; base64 for a NAME that ends with -bin; may be repeated")
      .repeats();
  command.add_option("--retries", options->retries, "how often to try again while nothing came, when the node says")
      .range(0, 100)
      .shows_default();
  command.add_flag("--reasoning", options->reasoning, "print the model's reasoning too");
  command.add_flag("--timings", options->timings, "ask when each token was generated, and print the gaps");
  command.add_flag("--json", options->json, "print one JSON event a line");
  add_client_options(command, options->client);
  command.footer(fmt::format(
      "{}\n"
      "Parameters: temperature, maxTokens, topP, topK, presencePenalty, frequencyPenalty, repetitionPenalty,\n"
      "stop, seed; also with underscores. --timeout is for all, retries included.\n"
      "Bedrock is called with --region and --profile, as the AWS CLI does it.\n\n"
      "Examples:\n"
      "  wsdeep llm generate \"Say hello\" --url gpu-1:50051 --param temperature=0.2 --param maxTokens=100\n"
      "  wsdeep llm generate --session chat.json \"And in French?\"\n"
      "  wsdeep llm generate --engine bedrock --model us.anthropic.claude-3-5-haiku-20241022-v1:0 \"Say hello\"\n"
      "  git diff | wsdeep llm generate - --system \"Review this change\" --json",
      kAddressRule));
  command.runs([options, &context] { return run_generate(*options, context); });
}

namespace {

constexpr std::size_t kMostInputBytes = 4 << 20;  // the largest request that a node takes

/// What was asked, and the conversation that it goes on with.
struct Question {
  LlmRequest request;
  std::optional<LlmSession> session;
};

void require_engine_options(const GenerateOptions& options, const Context& context);
Question question_of(const GenerateOptions& options, Context& context);
llm::LlmOutcome stream_answer(const GenerateOptions& options, Context& context, const Interrupts& interrupts,
                              Question& question, GenerationMeter& meter, std::string& text);
void keep_session(const GenerateOptions& options, Context& context, Question& question, const llm::LlmOutcome& outcome,
                  const std::string& text);
int report_failure(const GenerateOptions& options, const llm::LlmOutcome& outcome);

int run_generate(const GenerateOptions& options, Context& context) {
  require_engine_options(options, context);
  Question question = question_of(options, context);
  const Interrupts interrupts;
  GenerationMeter meter(GenerationMeter::Clock::now());
  std::string text;
  const llm::LlmOutcome outcome = stream_answer(options, context, interrupts, question, meter, text);
  keep_session(options, context, question, outcome, text);
  const std::int64_t duration_ms = meter.ms_until(GenerationMeter::Clock::now());
  if (options.json)
    context.console.out(
        (outcome.ok ? completed_event(outcome.result, meter, duration_ms) : error_event(outcome, meter, duration_ms)) +
        "\n");
  if (interrupts.requested() && !outcome.ok) throw Error(ErrorKind::kInterrupted, "interrupted");
  if (!outcome.ok) return report_failure(options, outcome);
  if (!options.json) context.console.err(generation_summary(outcome.result, meter) + "\n");
  if (options.timings && !options.json && !meter.gaps())
    context.console.err("the node does not tell when it generated its tokens\n");
  return 0;
}

/// What would do nothing, unseen.
void require_engine_options(const GenerateOptions& options, const Context& context) {
  const auto refuse = [](std::string_view option, std::string_view engine) {
    throw Error(ErrorKind::kUsage, fmt::format("{} does not go with --engine {}", option, engine));
  };
  if ((options.engine == "bedrock-agent") == options.agent.empty())
    throw Error(ErrorKind::kUsage, options.agent.empty() ? "which agent?" : "--agent is for --engine bedrock-agent",
                "such as --engine bedrock-agent --agent AGENT12345/ALIAS12345");
  if (options.engine == "node") return;
  if (options.engine == "bedrock-agent" && !options.model.empty()) refuse("--model", options.engine);
  if (options.engine == "bedrock" && options.model.empty())
    throw Error(ErrorKind::kUsage, "which model of Bedrock's?", "pass --model with its id, or an inference profile's");
  const ClientOptions& client = options.client;
  if (!client.url.empty() && client.url != context.env.get_or("WSDEEP_LLM_URL", "")) refuse("--url", options.engine);
  if (!client.via.empty()) refuse("--via", options.engine);
  if (client.tls) refuse("--tls", options.engine);
  if (client.insecure) refuse("--insecure", options.engine);
  if (!options.metadata.empty()) refuse("--metadata", options.engine);
}

std::string read_stdin(const char* what) {
  std::string text;
  char block[8192];
  while (std::cin.read(block, sizeof block), std::cin.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kMostInputBytes)
      throw Error(ErrorKind::kUsage, fmt::format("{} on stdin is larger than 4 MB, and no node takes it", what));
  }
  return text;
}

std::vector<ChatMessage> read_messages(const GenerateOptions& options, const Context& context) {
  if (options.messages_file.empty()) return {};
  if (options.messages_file == "-" && options.prompt == "-")
    throw Error(ErrorKind::kUsage, "stdin cannot be both the prompt and the messages");
  if (options.messages_file == "-") return parse_messages(read_stdin("the list of messages"), "stdin");
  const auto text = context.files.read(options.messages_file, kMostInputBytes);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: no such file", options.messages_file));
  return parse_messages(*text, options.messages_file);
}

/// Empty when the messages are the question.
std::string prompt_of(const GenerateOptions& options, const Context& context) {
  const bool has_messages = !options.messages_file.empty();
  if (!options.prompt.empty() && options.prompt != "-") return options.prompt;
  if (options.prompt.empty() && has_messages) return {};
  if (options.messages_file == "-") throw Error(ErrorKind::kUsage, "stdin cannot be both the prompt and the messages");
  if (options.prompt.empty() && context.console.stdin_is_terminal())
    throw Error(ErrorKind::kUsage, "there is no prompt", "pass one, or - and write it on stdin");
  std::string prompt = read_stdin("the prompt");
  if (trim(prompt).empty()) throw Error(ErrorKind::kUsage, "the prompt is empty", "pass one, or write it on stdin");
  return prompt;
}

/// A conversation has one system message, its first.
void set_system(std::vector<ChatMessage>& messages, const std::string& system) {
  if (system.empty()) return;
  if (messages.empty() || messages.front().role != "system")
    messages.insert(messages.begin(), {"system", system});
  else if (messages.front().content != system)
    throw Error(ErrorKind::kUsage, "--system differs from the system message that the conversation has already",
                "leave it out, or begin another conversation");
}

Question question_of(const GenerateOptions& options, Context& context) {
  Question question;
  LlmRequest& request = question.request;
  for (const std::string& assignment : options.parameters) set_parameter(request.parameters, assignment);
  request.metadata = parse_metadata(options.metadata);
  request.model = options.model;
  request.timings = options.timings;
  if (!options.session_file.empty()) {
    question.session = load_session(context.files, options.session_file).value_or(LlmSession{random_uuid(), {}, {}});
    request.messages = question.session->messages;
    request.session_id = question.session->id;
    request.sticky_cookie = question.session->cookie;
  }
  for (ChatMessage& message : read_messages(options, context)) request.messages.push_back(std::move(message));
  if (std::string prompt = prompt_of(options, context); !prompt.empty())
    request.messages.push_back({"user", std::move(prompt)});
  set_system(request.messages, options.system);
  return question;
}

llm::LlmOutcome generate_by_node(const GenerateOptions& options, Context& context, const Interrupts& interrupts,
                                 const LlmRequest& request, const llm::GenerateCall& call) {
  NodeAccess node(options.client, context, interrupts);
  warn_of_insecurity(options.client, context.console);
  llm::Client client(node.target());
  llm::LlmOutcome outcome = llm::generate(client, request, call);
  if (!outcome.ok) node.note_failure();
  return outcome;
}

llm::LlmOutcome generate_by_engine(const GenerateOptions& options, Context& context, const Interrupts& interrupts,
                                   const LlmRequest& request, const llm::GenerateCall& call) {
  if (options.engine == "node") return generate_by_node(options, context, interrupts, request, call);
  aws::BedrockTarget target;
  if (options.agent.empty())
    target.model = options.model;
  else
    target = aws::parse_agent(options.agent);
  return generate_by_bedrock(target, {options.client.region, options.client.profile}, context, request, call);
}

llm::LlmOutcome stream_answer(const GenerateOptions& options, Context& context, const Interrupts& interrupts,
                              Question& question, GenerationMeter& meter, std::string& text) {
  const Console& console = context.console;
  AnswerText answer(console, options.reasoning);
  llm::GenerateCall call;
  call.timeout = options.client.timeout();
  call.retries = options.retries;
  call.cancel = interrupts.token();
  call.on_chunk = [&](const LlmChunk& chunk) {
    const auto now = GenerationMeter::Clock::now();
    meter.add(chunk, now);
    if (chunk.was_reasoning) text.clear();
    if (!chunk.reasoning) text += chunk.text;
    if (options.json) return console.out(chunk_event(chunk, meter.ms_until(now)) + "\n");
    answer.add(chunk);
  };
  call.on_retry = [&](const llm::LlmOutcome& outcome, std::chrono::milliseconds wait) {
    if (options.json) return console.out(retry_event(outcome, wait) + "\n");
    console.err(fmt::format("{}: trying again in {}\n", outcome.cause, human_duration(wait)));
  };
  llm::LlmOutcome outcome = generate_by_engine(options, context, interrupts, question.request, call);
  answer.end();
  if (const std::string remark = answer.remark(outcome.result.finish_reason);
      outcome.ok && !options.json && !remark.empty())
    console.err(remark + "\n");
  return outcome;
}

/// The cookie may lead to a node that is full or gone, where the next command would fail too.
bool is_of_the_node(const llm::LlmOutcome& outcome) {
  return outcome.fault == llm::LlmFault::kUnavailable || outcome.fault == llm::LlmFault::kOverloaded;
}

/// Of a generation that failed only the cookie is kept, if that: the question may be asked again.
void keep_session(const GenerateOptions& options, Context& context, Question& question, const llm::LlmOutcome& outcome,
                  const std::string& text) {
  if (!question.session) return;
  question.session->cookie = !outcome.ok && is_of_the_node(outcome) ? "" : outcome.result.sticky_cookie;
  if (outcome.ok) {
    question.session->messages = question.request.messages;
    question.session->messages.push_back({"assistant", text});
  }
  save_session(context.files, options.session_file, *question.session);
}

int report_failure(const GenerateOptions& options, const llm::LlmOutcome& outcome) {
  std::string hint = outcome.hint;
  if (outcome.retry_after && options.retries == 0)
    hint = fmt::format("ask again in {}, or let --retries do it", human_duration(*outcome.retry_after));
  throw Error(ErrorKind::kFailure, "the generation failed: " + outcome.cause, hint);
}

}  // namespace

}  // namespace wsdeep::commands
