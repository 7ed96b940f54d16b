#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "commands/local/running.h"
#include "local/control.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

int run_status(const RunningOptions& options, Context& context);

}  // namespace

void add_local_status(const Command& local, Context& context) {
  auto options = std::make_shared<RunningOptions>();
  const Command command = local.add_subcommand("status", "Say what runs and how busy it is");
  add_running_options(command, *options);
  command.add_option("--output", options->output, "text, json, or env for shell exports")
      .one_of({"text", "json", "env"});
  command.runs([options, &context] { return run_status(*options, context); });
}

namespace {

std::string exports(const local::ServerInfo& info);
std::string text_of(const local::ServerInfo& info, const nlohmann::json& status, const Context& context);
std::string last_failure(const nlohmann::json& status, const Context& context);
std::filesystem::path messages_file(const std::filesystem::path& state);

int run_status(const RunningOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  const local::ServerInfo info = require_running(options, context);
  if (options.output == "env") {
    context.console.out(exports(info));
    return 0;
  }
  nlohmann::json status = local::ask_status(info, context.clock);
  if (options.output == "text") {
    context.console.out(text_of(info, status, context) +
                        fmt::format("\nservice client: {} (its secret: serviceClientSecret in {})\n"
                                    "messages to phones: {}\nlogs: {}\n",
                                    info.service_client_id, (state / "server.json").string(),
                                    messages_file(state).string(), (state / "logs").string()));
    return 0;
  }
  status.update({{"url", info.url},
                 {"endpoint", info.endpoint},
                 {"llmUrl", info.llm_url},
                 {"region", info.region},
                 {"userPoolId", info.user_pool_id},
                 {"clientId", info.client_id},
                 {"serviceClientId", info.service_client_id},
                 {"secretsFile", (state / "server.json").string()},
                 {"messagesFile", messages_file(state).string()},
                 {"caFile", info.ca_file}});
  if (!info.lab_url.empty()) status["labUrl"] = info.lab_url;
  context.console.out(wire::indented_json(status) + "\n");
  return 0;
}

/// For `eval`: the AWS CLI, SDKs and our own commands then go to the local system.
std::string exports(const local::ServerInfo& info) {
  std::string text;
  const auto add = [&](std::initializer_list<const char*> names, const std::string& value) {
    for (const char* name : names)
      if (!value.empty()) text += fmt::format("export {}={}\n", name, value);
  };
  add({"AWS_ENDPOINT_URL", "WSDEEP_ENDPOINT"}, info.endpoint);
  add({"AWS_REGION", "AWS_DEFAULT_REGION", "WSDEEP_REGION"}, info.region);
  add({"AWS_ACCESS_KEY_ID"}, info.access_key_id);
  add({"AWS_SECRET_ACCESS_KEY"}, info.secret_access_key);
  add({"WSDEEP_URL"}, info.url);
  add({"WSDEEP_LAB_URL"}, info.lab_url);
  add({"WSDEEP_USER_POOL_ID"}, info.user_pool_id);
  add({"WSDEEP_CLIENT_ID"}, info.client_id);
  add({"WSDEEP_SERVICE_CLIENT_ID"}, info.service_client_id);
  add({"WSDEEP_SERVICE_CLIENT_SECRET"}, info.service_client_secret);
  add({"AWS_CA_BUNDLE", "WSDEEP_CA_FILE"}, info.ca_file);
  return text;
}

std::string text_of(const local::ServerInfo& info, const nlohmann::json& status, const Context& context) {
  const auto up = context.clock.now() - from_epoch_ms(info.started_at_ms);
  std::string text = summary(info);
  text += fmt::format("  up for     {}\n  pool       {} (client {})\n  clients    {} connected\n\n",
                      human_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(up)), info.user_pool_id,
                      info.client_id, status.value("connections", 0));
  text.insert(text.size() - 1, last_failure(status, context));
  constexpr const char* kRow = "{:<20} {:>9} {:>8} {:>7} {:>12} {:>7} {:>8} {:>10}\n";
  text += fmt::format(fmt::runtime(kRow), "FUNCTION", "PROCESSES", "RUNNING", "QUEUED", "INVOCATIONS", "ERRORS",
                      "REFUSED", "THROTTLED");
  for (const auto& f : status.value("functions", nlohmann::json::array()))
    text += fmt::format(fmt::runtime(kRow), f.value("name", ""), f.value("processes", 0), f.value("running", 0),
                        f.value("queued", 0), f.value("invocations", 0), f.value("errors", 0), f.value("refused", 0),
                        f.value("throttled", 0));
  return text;
}

/// Why the model did not answer when it was asked last, or lately; empty when it has always answered.
std::string last_failure(const nlohmann::json& status, const Context& context) {
  const auto failures = status.value("modelFailures", nlohmann::json::array());
  if (!failures.is_array() || failures.empty()) return "";
  const nlohmann::json& last = failures.back();
  const std::int64_t at_ms = last.value("atMs", std::int64_t{0});
  const auto age = context.clock.now() - from_epoch_ms(at_ms);
  const bool answered_since = status.value("modelAnsweredAtMs", std::int64_t{0}) > at_ms;
  return fmt::format("  LLM failed {} ago, at {}{}\n             {}: {}\n",
                     human_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(age)),
                     iso8601(from_epoch_ms(at_ms)), answered_since ? "; it has answered since" : "",
                     printable(last.value("category", "")), printable(last.value("cause", "")));
}

/// Where the pool's messages go instead of to phones.
std::filesystem::path messages_file(const std::filesystem::path& state) {
  return state / "logs" / "messages.log";
}

}  // namespace

}  // namespace wsdeep::commands
