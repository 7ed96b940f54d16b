#include <fmt/format.h>

#include <charconv>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/duration_option.h"
#include "commands/parameter_option.h"
#include "llm/client.h"
#include "llm/http_engine.h"
#include "llm/node.h"
#include "llm/sim_engine.h"
#include "local/server_info.h"
#include "net/event_loop.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

using std::chrono::milliseconds;

// ---- serve ----

struct ServeOptions {
  std::string engine = "sim";
  std::vector<std::string> sim;
  llm::HttpEngineOptions http;
  std::string grace = "500ms";
  llm::NodeOptions node;
};

double share(std::string_view key, std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorKind::kUsage, fmt::format("--sim {} must be a number, got '{}'", key, text));
}

int count(std::string_view key, std::string_view text) {
  if (const auto value = parse_integer(text, 0, 1'000'000)) return static_cast<int>(*value);
  throw Error(ErrorKind::kUsage, fmt::format("--sim {} must be a whole number, got '{}'", key, text));
}

void set_sim_option(llm::SimOptions& sim, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string key(assignment.substr(0, equals));
  const std::string_view value = equals == std::string_view::npos ? "" : assignment.substr(equals + 1);
  const auto duration = [&] { return parse_duration(value, "--sim " + key); };
  const std::map<std::string, std::function<void()>> setters = {
      {"seed", [&] { sim.seed = static_cast<std::uint64_t>(count(key, value)); }},
      {"ttft", [&] { sim.ttft = duration(); }},
      {"inter-token", [&] { sim.inter_token = duration(); }},
      {"prefill", [&] { sim.prefill_per_token = duration(); }},
      {"jitter", [&] { sim.jitter = share(key, value); }},
      {"slots", [&] { sim.slots = count(key, value); }},
      {"queue", [&] { sim.queue = count(key, value); }},
      {"slowdown", [&] { sim.slowdown = share(key, value); }},
      {"reasoning", [&] { sim.reasoning = value.empty() || value == "on"; }},
      {"tokens", [&] { sim.tokens = count(key, value); }},
      {"refuse", [&] { sim.refuse = share(key, value); }},
      {"break", [&] { sim.break_mid_stream = share(key, value); }},
      {"stall", [&] { sim.stall = share(key, value); }}};
  const auto found = setters.find(key);
  if (found != setters.end()) return found->second();
  std::vector<std::string> names;
  for (const auto& [name, setter] : setters) names.push_back(name);
  const auto near = closest(key, names);
  throw Error(ErrorKind::kUsage,
              fmt::format("unknown --sim setting '{}'{}", key, near ? fmt::format(", did you mean '{}'?", *near) : ""),
              "settings: " + join(names, ", "));
}

std::unique_ptr<llm::Engine> engine_of(const ServeOptions& options, const Context& context) {
  if (options.engine == "sim") {
    if (!options.http.url.empty())
      throw Error(ErrorKind::kUsage, "--engine-url is for --engine openai or ollama, and the engine is sim");
    llm::SimOptions sim;
    for (const std::string& assignment : options.sim) set_sim_option(sim, assignment);
    return llm::make_sim_engine(sim);
  }
  if (!options.sim.empty())
    throw Error(ErrorKind::kUsage, fmt::format("--sim is for --engine sim, and the engine is {}", options.engine));
  if (options.http.url.empty())
    throw Error(ErrorKind::kUsage, fmt::format("--engine {} needs --engine-url", options.engine),
                options.engine == "ollama" ? "such as --engine-url http://127.0.0.1:11434"
                                           : "such as --engine-url http://127.0.0.1:8000, where vLLM listens");
  llm::HttpEngineOptions http = options.http;
  http.kind = options.engine == "ollama" ? llm::EngineKind::kOllama : llm::EngineKind::kOpenAi;
  http.api_key = context.env.get_or("WSDEEP_ENGINE_API_KEY", "");
  return llm::make_http_engine(http);
}

/// The first signal lets running generations end within the grace; a second one ends the program.
int run_serve(const ServeOptions& options, Context& context) {
  const auto grace = std::chrono::duration_cast<milliseconds>(parse_duration(options.grace, "--grace"));
  std::unique_ptr<llm::Engine> engine = engine_of(options, context);
  net::EventLoop loop;
  auto signals = loop.on_signal({SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  llm::Node node(options.node, std::move(engine));
  const std::string host = options.node.listen.substr(0, options.node.listen.rfind(':'));
  // The one line that a script, or `local up`, waits for.
  context.console.out(
      fmt::format("{}://{}:{}\n", options.node.certificate_file.empty() ? "grpc" : "grpcs", host, node.port()));
  loop.run();
  signals = {};
  node.shut_down(grace);
  return 0;
}

// ---- the clients ----

struct ClientOptions {
  std::string url;
  std::string ca_file;
  std::string state;
  std::string output = "text";
  int timeout_seconds = 10;
  std::vector<std::string> parameters;
  std::string prompt;
  std::string system;
  std::string model;
};

llm::ClientTarget llm_target(const ClientOptions& options, const Context& context) {
  if (!options.url.empty()) return {options.url, options.ca_file};
  const auto folder = options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
  const auto info = local::read_server_info(context.files, folder);
  if (!info || !local::is_running(folder))
    throw Error(ErrorKind::kFailure, "no local system is running, and no --url says which node to ask",
                "start it with: wsdeep local up --detach");
  return {info->llm_url, options.ca_file};
}

int run_health(const ClientOptions& options, Context& context) {
  llm::Client client(llm_target(options, context));
  const llm::NodeHealth health = client.health(std::chrono::seconds(options.timeout_seconds));
  if (options.output == "json") {
    const nlohmann::json json = {{"status", health.status},       {"nodeId", health.node_id},
                                 {"model", health.model},         {"engine", health.engine},
                                 {"slots", health.slots},         {"active", health.active},
                                 {"queued", health.queued},       {"completed", health.completed},
                                 {"cancelled", health.cancelled}, {"failed", health.failed}};
    context.console.out(wire::compact_json(json) + "\n");
  } else {
    context.console.out(
        fmt::format("{} · node {} · {} ({}) · {}/{} slots busy, {} queued · {} completed, {} cancelled, "
                    "{} failed\n",
                    health.status, health.node_id, health.model, health.engine, health.active, health.slots,
                    health.queued, health.completed, health.cancelled, health.failed));
  }
  if (health.status == "healthy") return 0;
  throw Error(ErrorKind::kFailure, "the node is not healthy: " + health.status);
}

int run_models(const ClientOptions& options, Context& context) {
  llm::Client client(llm_target(options, context));
  for (const std::string& model : client.models(std::chrono::seconds(options.timeout_seconds)))
    context.console.out(model + "\n");
  return 0;
}

/// What gRPC's threads tell the waiting one.
struct GenerationState {
  std::mutex mutex;
  std::condition_variable changed;
  std::string text;
  std::optional<llm::LlmOutcome> outcome;
};

LlmRequest request_of(const ClientOptions& options) {
  LlmRequest request;
  if (!options.system.empty()) request.messages.push_back({"system", options.system});
  request.messages.push_back({"user", options.prompt});
  request.prompt = options.prompt;
  request.model = options.model;
  for (const std::string& assignment : options.parameters) set_parameter(request.parameters, assignment);
  return request;
}

int run_generate(const ClientOptions& options, Context& context) {
  llm::Client client(llm_target(options, context));
  GenerationState state;
  const auto stream = client.start(request_of(options), std::chrono::seconds(options.timeout_seconds),
                                   {.on_chunk =
                                        [&](const LlmChunk& chunk) {
                                          const std::lock_guard lock(state.mutex);
                                          state.text += chunk.text;
                                          state.changed.notify_one();
                                        },
                                    .on_end =
                                        [&](llm::LlmOutcome outcome) {
                                          const std::lock_guard lock(state.mutex);
                                          state.outcome = std::move(outcome);
                                          state.changed.notify_one();
                                        }});
  std::unique_lock lock(state.mutex);
  for (;;) {
    state.changed.wait(lock, [&] { return !state.text.empty() || state.outcome; });
    const std::string text = std::exchange(state.text, {});
    if (text.empty()) break;
    lock.unlock();
    context.console.out(context.console.stdout_is_terminal() ? strip_control(text) : text);
    lock.lock();
  }
  if (!state.outcome->ok) throw Error(ErrorKind::kFailure, "the generation failed: " + state.outcome->cause);
  context.console.out("\n");
  const Usage& usage = state.outcome->result.usage;
  context.console.err(fmt::format("{} · {} prompt tokens · {} tokens · node {}\n", state.outcome->result.finish_reason,
                                  usage.prompt_tokens, usage.completion_tokens, state.outcome->result.node_id));
  return 0;
}

void add_client_options(const Command& command, ClientOptions& options) {
  command.add_option("--url", options.url, "grpc://host:port or grpcs://host:port; without it the local node")
      .envname("WSDEEP_LLM_URL");
  command.add_option("--ca-file", options.ca_file, "PEM file to trust, for grpcs").envname("WSDEEP_CA_FILE");
  command.add_option("--state", options.state, "state folder of the local system").envname("WSDEEP_LOCAL_STATE");
  command.add_option("--timeout", options.timeout_seconds, "seconds to wait").range(1, 3600);
}

void add_serve(const Command& llm, Context& context) {
  auto options = std::make_shared<ServeOptions>();
  const Command command = llm.add_subcommand("serve", "Serve a model over gRPC, as a GPU node does");
  command
      .add_option("--engine", options->engine,
                  "what generates: sim; openai: vLLM, SGLang, llama.cpp and others that speak OpenAI's HTTP; or ollama")
      .one_of({"sim", "openai", "ollama"})
      .shows_default();
  command.add_option("--engine-url", options->http.url, "where that engine listens, such as http://127.0.0.1:8000");
  command.add_option("--engine-ca-file", options->http.ca_file, "PEM file to trust, for an https engine");
  command.add_option("--model", options->http.model, "model of the engine; without it the first that it lists");
  command.add_option("--slots", options->http.slots, "generations that the engine gets at a time")
      .range(1, 4096)
      .shows_default();
  command.add_option("--sim", options->sim,
                     "setting of the simulated engine, KEY=VALUE: seed, ttft, inter-token, prefill, jitter, slots, "
                     "queue, slowdown, reasoning, tokens, refuse, break, stall");
  command.add_option("--listen", options->node.listen, "address and port; port 0 lets the kernel choose");
  command.add_option("--node-id", options->node.node_id, "what the node calls itself");
  command.add_option("--certificate", options->node.certificate_file, "PEM file: serve grpcs");
  command.add_option("--key", options->node.key_file, "PEM file of the certificate's key");
  command.add_flag("--set-cookie", options->node.set_cookie, "answer a sticky cookie, as a load balancer does");
  command.add_option("--grace", options->grace, "how long running generations may go on after a signal")
      .shows_default();
  command.footer(
      "Prints its URL when it listens; ends on SIGINT or SIGTERM, at once when a second one comes.\n"
      "WSDEEP_ENGINE_API_KEY is the bearer token for an engine that wants one.\n\n"
      "Examples:\n"
      "  wsdeep llm serve --listen 127.0.0.1:50051 --sim ttft=300ms --sim slots=4\n"
      "  wsdeep llm serve --engine ollama --engine-url http://127.0.0.1:11434 --model deepseek-r1:8b");
  command.runs([options, &context] { return run_serve(*options, context); });
}

void add_client(const Command& llm, Context& context, const char* name, const char* text,
                int (*run)(const ClientOptions&, Context&),
                const std::function<void(const Command&, ClientOptions&)>& more) {
  auto options = std::make_shared<ClientOptions>();
  const Command command = llm.add_subcommand(name, text);
  more(command, *options);
  add_client_options(command, *options);
  command.runs([options, &context, run] { return run(*options, context); });
}

}  // namespace

void add_llm(const Command& app, Context& context) {
  const Command llm = app.add_subcommand("llm", "Serve and drive the LLM over gRPC");
  llm.require_subcommand();
  add_serve(llm, context);
  add_client(llm, context, "generate", "Stream one answer from a node", run_generate,
             [](const Command& command, ClientOptions& options) {
               options.timeout_seconds = 120;
               command.add_option("prompt", options.prompt, "what to ask").required();
               command.add_option("--system", options.system, "system message");
               command.add_option("--model", options.model, "model to ask for");
               command.add_option("--param", options.parameters, "sampling parameter, such as temperature=0.7");
             });
  add_client(llm, context, "health", "Ask a node how it is", run_health,
             [](const Command& command, ClientOptions& options) {
               command.add_option("--output", options.output, "text or json").one_of({"text", "json"});
             });
  add_client(llm, context, "models", "List the models of a node", run_models, [](const Command&, ClientOptions&) {});
}

}  // namespace wsdeep::commands
