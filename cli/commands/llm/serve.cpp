#include <fmt/format.h>

#include <memory>

#include "base/descriptor_limit.h"
#include "base/duration.h"
#include "base/error.h"
#include "commands/llm/commands.h"
#include "commands/llm/node_life.h"
#include "commands/llm/serve_options.h"
#include "commands/llm/sim_option.h"
#include "commands/not_empty.h"
#include "llm/engine/http_engine.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"

namespace wsdeep::commands {
namespace {

struct ServeOptions {
  std::string engine = "sim";
  std::vector<std::string> sim;
  llm::HttpEngineOptions http;
  std::string max_wait = "30s";
  LifeOptions life;
  llm::NodeOptions node;
};

int run_serve(ServeOptions options, Context& context);

void add_tls_options(const Command& command, llm::TlsFiles& files) {
  command.add_option("--certificate", files.certificate,
                     "PEM file: serve grpcs. Read again when it changes, as the other two are");
  command.add_option("--key", files.key, "PEM file of the certificate's key");
  command.add_option("--client-ca", files.client_ca,
                     "PEM file: take only clients that show a certificate of one of these authorities");
}

/// Who is told how busy it is.
void add_metrics_options(const Command& command, ServeOptions& options) {
  command.add_option("--metrics-listen", options.node.metrics_listen,
                     "address and port of a page of metrics for Prometheus, such as 127.0.0.1:9464");
  command
      .add_option(
          "--cloudwatch", options.life.group,
          "name of an Auto Scaling group: publish to CloudWatch every 10 s how busy the node is, for the group to "
          "scale on")
      .check(not_empty);
}

void add_engine_options(const Command& command, ServeOptions& options) {
  command
      .add_option("--engine", options.engine,
                  "what generates: sim; openai: vLLM, SGLang, llama.cpp and others that speak OpenAI's HTTP; or ollama")
      .one_of({"sim", "openai", "ollama"})
      .shows_default();
  command.add_option("--engine-url", options.http.url, "where that engine listens, such as http://127.0.0.1:8000");
  command.add_option("--engine-ca-file", options.http.ca_file, "PEM file to trust, for an https engine");
  command.add_option("--engine-key-file", options.http.api_key_file,
                     "file with the bearer token for an engine that wants one, read again when it changes; without it "
                     "WSDEEP_ENGINE_API_KEY");
  command.add_option("--model", options.http.model, "model of the engine; without it the first that it lists");
  command.add_flag("--pull", options.http.pull, "have ollama pull the model when it has not got it");
  command.add_option("--slots", options.http.slots, "generations that the engine gets at a time")
      .range(1, 4096)
      .shows_default();
}

}  // namespace

void add_llm_serve(const Command& llm, Context& context) {
  add_serve_options(llm.add_subcommand("serve", kServeText), context);
}

void add_serve_options(const Command& command, Context& context) {
  auto options = std::make_shared<ServeOptions>();
  add_engine_options(command, *options);
  command.add_option("--queue", options->node.admission.queue, "how many more may wait for a slot")
      .range(0, 100'000)
      .shows_default();
  command
      .add_option("--max-wait", options->max_wait,
                  "how long they may; who is expected to wait longer, or past its deadline, is refused at once")
      .shows_default();
  command.add_option("--sim", options->sim,
                     "setting of the simulated engine, KEY=VALUE: seed, ttft, inter-token, prefill, jitter, "
                     "exponential, slots, queue, slowdown, reasoning, tokens, refuse, break, stall");
  command.add_option("--listen", options->node.listen, "address and port; port 0 lets the kernel choose");
  command.add_option("--node-id", options->node.node_id, "what the node calls itself");
  add_tls_options(command, options->node.tls);
  command.add_flag("--set-cookie", options->node.set_cookie, "answer a sticky cookie, as a load balancer does");
  add_life_options(command, options->life);
  add_metrics_options(command, *options);
  command.footer(fmt::format(
      "{}\n\nWSDEEP_ENGINE_API_KEY is the bearer token for an engine that wants one.\n\n"
      "Examples:\n"
      "  wsdeep llm serve --listen 127.0.0.1:50051 --sim ttft=300ms --sim slots=4\n"
      "  wsdeep llm serve --engine ollama --engine-url http://127.0.0.1:11434 --model deepseek-r1:8b --pull",
      kLifeHelp));
  command.runs([options, &context] { return run_serve(*options, context); });
}

namespace {

std::unique_ptr<llm::Engine> engine_of(ServeOptions& options, const Context& context);

int run_serve(ServeOptions options, Context& context) {
  options.node.admission.max_wait = parse_milliseconds(options.max_wait, "--max-wait");
  raise_descriptor_limit();
  std::unique_ptr<llm::Engine> engine = engine_of(options, context);
  return run_until_stopped(options.life, options.node, std::move(engine), context);
}

/// A `queue` among the settings of the simulated engine is the node's.
std::unique_ptr<llm::Engine> engine_of(ServeOptions& options, const Context& context) {
  if (options.engine == "sim") {
    if (!options.http.url.empty())
      throw Error(ErrorKind::kUsage, "--engine-url is for --engine openai or ollama, and the engine is sim");
    llm::SimOptions sim;
    for (const std::string& assignment : options.sim) set_sim_option(sim, options.node.admission.queue, assignment);
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
  http.api_key = context.env.get_or(http.api_key_from, "");
  return llm::make_http_engine(http);
}

}  // namespace

}  // namespace wsdeep::commands
