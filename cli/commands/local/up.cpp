#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>

#include "auth/shared_secret.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "commands/local/bedrock.h"
#include "commands/local/running.h"
#include "local/daemon.h"
#include "local/system.h"
#include "net/event_loop.h"
#include "stack/settings/lab_section.h"
#include "wire/backend_signature.h"

namespace wsdeep::commands {
namespace {

struct UpOptions {
  local::SystemOptions system;
  std::string state;
  std::vector<std::string> sim;
  LocalBedrock bedrock;
  std::vector<std::pair<std::string, std::string>> engine;  ///< options of `llm serve` that name another engine
  std::string idle_timeout = "10m";
  std::string max_lifetime = "2h";
  std::string llm_timeout = "60s";
  std::string llm_start;
  std::string coalesce = "20ms";
  std::string retry_wait = "1m";
  std::string backend_timeout;
  std::vector<std::string> lab_settings;
  std::string refresh_rotation;  ///< empty: refresh tokens are not rotated
  bool detach = false;
  int ready_fd = -1;  ///< of the process that detached us
};

int run_up(const UpOptions& options, Context& context);

/// Options that name real parts in place of emulated ones.
void add_real_parts(const Command& command, UpOptions& options) {
  const std::string group = "Real parts instead of emulated ones";
  const Option llm =
      command.add_option("--llm", options.system.llm_url, "grpc:// or grpcs://host:port of a node or load balancer")
          .group(group);
  command.add_option("--llm-ca-file", options.system.llm_ca_file, "PEM file to trust, for grpcs")
      .group(group)
      .needs(llm);
  const auto engine_option = [&](const char* name, const char* text) {
    return command
        .add_option(
            name, [&options, name](const std::string& value) { options.engine.emplace_back(name, value); }, text)
        .group(group)
        .excludes(llm);
  };
  const Option engine =
      engine_option("--engine", "engine of the node: openai or ollama (see: wsdeep llm serve --help)");
  engine.one_of({"openai", "ollama"});
  engine.needs(
      engine_option("--engine-url", "where that engine listens, such as http://127.0.0.1:11434").needs(engine));
  engine_option("--model", "model of that engine").needs(engine);
  add_bedrock_options(command, options.bedrock, group);
  command
      .add_option("--llm-start", options.llm_start,
                  "the load balancer may have no node yet: questions wait, and hear that one takes this long to start")
      .group(group)
      .needs(llm);
  command.add_option("--dynamodb-endpoint", options.system.dynamodb_endpoint, "DynamoDB endpoint that has the tables")
      .group(group);
  const Option issuer =
      command.add_option("--cognito-issuer", options.system.cognito_issuer, "issuer of another user pool").group(group);
  command.add_option("--cognito-client-id", options.system.cognito_client_id, "app client of that pool")
      .group(group)
      .needs(issuer);
}

/// Options for a backend of somebody else's behind the WebSocket API.
void add_backend(const Command& command, UpOptions& options) {
  const std::string group = "A backend of your own";
  local::BackendOptions& b = options.system.backend;
  const Option url = command.add_option("--backend", b.url, "http or https URL of a backend that clients talk to")
                         .group(group)
                         .check([](const std::string& text) {
                           const bool is_web = text.starts_with("https://") || text.starts_with("http://");
                           return is_web && text.find_first_of("?#@ ") == std::string::npos
                                      ? ""
                                      : "expected an http or https URL without query and user";
                         });
  command.add_option("--backend-route", b.routes, "route whose frames go to it (default: $default)")
      .group(group)
      .needs(url);
  command.add_option("--backend-secret-file", b.secret_file, "file with the secret that requests are signed with")
      .group(group)
      .needs(url);
  command.add_option("--backend-timeout", options.backend_timeout, "give one request to it this long (default: 10s)")
      .group(group)
      .needs(url);
  command.add_flag("--backend-continue", b.continue_when_down, "let clients in while it does not answer")
      .group(group)
      .needs(url);
}

/// Options for terminals as that backend.
void add_lab_options(const Command& command, UpOptions& options) {
  const std::string group = "Terminals (wsdeep lab)";
  const Option lab =
      command
          .add_flag("--lab", options.system.lab,
                    "serve terminals: starts redis-server, which must be installed, and wsdeep-lab as the backend")
          .group(group)
          .excludes("--backend");
  command
      .add_option("--lab-set", options.lab_settings,
                  "option of the lab's server, NAME=VALUE, such as idle=5m (see: wsdeep lab serve --help)")
      .group(group)
      .needs(lab)
      .check([](const std::string& text) {
        const std::size_t equals = text.find('=');
        return equals != std::string::npos && equals > 0 && text[0] != '-' ? "" : "expected NAME=VALUE";
      });
}

/// Options of REST chat.
void add_rest_chat(const Command& command, local::SystemOptions& system) {
  const std::string group = "REST chat";
  const Option secret = command
                            .add_option("--hs256-secret-file", system.hs256_secret_file,
                                        "file with the secret of HS256 tokens, which REST chat takes then, too")
                            .group(group);
  command.add_option("--hs256-issuer", system.hs256_issuer, "issuer of those tokens; without it they must name none")
      .group(group)
      .needs(secret);
  command
      .add_flag("--hs256-pool-users", system.hs256_pool_users,
                "take those tokens also for users whose ids have the form of the pool's")
      .group(group)
      .needs(secret);
  command.add_option("--rest-chats-table", system.rest_chats_table, "table of the chats").group(group).shows_default();
}

/// Options that say how long something takes or may take.
void add_waits(const Command& command, UpOptions& options) {
  command.add_option("--idle-timeout", options.idle_timeout, "close a silent connection after").shows_default();
  command.add_option("--max-lifetime", options.max_lifetime, "close every connection after").shows_default();
  command.add_option("--llm-timeout", options.llm_timeout, "give a silent LLM this long").shows_default();
  command.add_option("--coalesce", options.coalesce, "least time between two frames of an answer").shows_default();
  command
      .add_option("--retry-wait", options.retry_wait,
                  "before Lambda runs a generation again whose process died, at least 10s; the second time twice that")
      .shows_default();
}

}  // namespace

void add_local_up(const Command& local, Context& context) {
  auto options = std::make_shared<UpOptions>();
  const Command command = local.add_subcommand("up", "Start the whole system on this machine");
  local::SystemOptions& s = options->system;
  command.add_flag("--detach", options->detach, "run in the background; return when it is ready");
  command.add_flag("--tls", s.tls, "serve wss and https with a certificate of its own CA");
  command.add_option("--port", s.port, "port; 0 lets the kernel choose").shows_default();
  command.add_option("--address", s.address, "address to listen on").shows_default();
  command.add_option("--state", options->state, "folder for tables, users, keys and logs")
      .envname("WSDEEP_LOCAL_STATE");
  command.add_option("--region", s.region, "AWS region to play").shows_default();
  command.add_option("--sim", options->sim, "setting of the simulated LLM, KEY=VALUE (see: wsdeep llm serve --help)");
  command.add_option("--allow-origin", s.allowed_origins, "origin that browsers may connect from, https://host:port");
  command.add_flag("--token-in-query", s.token_in_query, "accept the token as query parameter too");
  command.add_flag("--rooms", s.rooms, "let people talk with each other (wsdeep chat --room)");
  add_waits(command, *options);
  command.add_option("--route-response", s.route_responses,
                     "route with a route response: what its function answers goes back to the client");
  command
      .add_option("--callback-url", s.callback_urls,
                  "where the sign-in page may lead back to, beside addresses of this machine")
      .check([](const std::string& url) {
        const bool is_web = url.starts_with("https://") || url.starts_with("http://");
        return is_web && url.find('#') == std::string::npos ? "" : "expected an http or https URL without a fragment";
      });
  command
      .add_option("--cognito-rate", s.cognito_rate,
                  "requests a second that the user pool takes in each of Cognito's quota categories")
      .range(1, 100'000);
  command.add_option("--refresh-rotation", options->refresh_rotation,
                     "give a new refresh token with every renewal, and take the used one for so long: 0s to 60s");
  add_backend(command, *options);
  add_lab_options(command, *options);
  add_real_parts(command, *options);
  add_rest_chat(command, s);
  command.add_option("--ready-fd", options->ready_fd, "where to say that it is ready").group("");
  command.footer(
      "Examples:\n"
      "  wsdeep local up --detach --sim ttft=300ms\n"
      "  wsdeep local up --detach --engine ollama --engine-url http://127.0.0.1:11434 --model deepseek-r1:8b");
  command.runs([options, &context] { return run_up(*options, context); });
}

namespace {

int run_serve(const UpOptions& options, Context& context);
int run_detached(const UpOptions& options, Context& context);
int serve(const UpOptions& options, Context& context);
std::vector<std::string> daemon_arguments(const UpOptions& options, const Context& context);
std::vector<std::string> as_given(const UpOptions& options);
void require_same_options(const local::ServerInfo& running, const UpOptions& options);
std::string command_to_end(const UpOptions& options);

int run_up(const UpOptions& options, Context& context) {
  return options.detach ? run_detached(options, context) : run_serve(options, context);
}

int run_serve(const UpOptions& options, Context& context) {
  try {
    return serve(options, context);
  } catch (const Error& error) {
    local::tell_failure(options.ready_fd, error);
    throw;
  }
}

int run_detached(const UpOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  if (const auto running = local::running_system(context.files, state)) {
    require_same_options(*running, options);
  } else {
    make_private_directories(state);
    local::start_detached(daemon_arguments(options, context), state / "local.log");
  }
  if (const auto info = local::read_server_info(context.files, state)) context.console.err(summary(*info));
  return 0;
}

/// What thousands of clients need to be told and forgotten; a few need no tenth of it.
constexpr std::chrono::seconds kLongestFarewell{5};
/// What Secrets Manager holds at most.
constexpr std::size_t kMostSecretBytes = 64 * 1024;
/// A retry that came sooner could not know whether the run before it has died.
constexpr std::chrono::seconds kLeastRetryWait{10};

/// What Cognito allows as RetryGracePeriodSeconds.
std::chrono::seconds rotation_grace(const std::string& text) {
  const auto grace = parse_milliseconds(text, "--refresh-rotation");
  if (grace > std::chrono::minutes(1) || grace.count() % 1000 != 0)
    throw Error(ErrorKind::kUsage,
                fmt::format("--refresh-rotation: expected whole seconds from 0s to 60s, got {}", text));
  return std::chrono::duration_cast<std::chrono::seconds>(grace);
}

/// A route has 29 s, of which some go to the table and the way back.
std::chrono::milliseconds backend_timeout(const std::string& text) {
  const auto timeout = parse_milliseconds(text, "--backend-timeout");
  if (timeout < std::chrono::milliseconds(100) || timeout > std::chrono::seconds(28))
    throw Error(ErrorKind::kUsage, fmt::format("--backend-timeout: expected 100ms to 28s, got {}", text));
  return timeout;
}

/// Where a function of the system finds a secret. It would say what is wrong with it no sooner than somebody connects.
std::string checked_secret_file(const char* option, const std::string& file, std::size_t least_bytes,
                                const Context& context) {
  if (file.empty()) return {};
  const std::string place = std::filesystem::absolute(file).string();
  const char* hint = "make one with: openssl rand -hex 32";
  const auto text = context.files.read(place, kMostSecretBytes);
  if (!text) throw Error(ErrorKind::kUsage, fmt::format("{}: there is no file {}", option, place), hint);
  const std::size_t bytes = trim(*text).size();
  if (bytes < least_bytes)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{}: the secret in {} has {} bytes, and needs {} at least", option, place, bytes, least_bytes),
        hint);
  return place;
}

local::SystemOptions system_options(const UpOptions& options, Context& context) {
  local::SystemOptions system = options.system;
  system.bedrock = bedrock_of(options.bedrock, context);
  system.state = state_folder(options.state, context);
  system.program = context.program;
  system.as_given = as_given(options);
  system.hs256_secret_file =
      checked_secret_file("--hs256-secret-file", system.hs256_secret_file, auth::kMinSecretBytes, context);
  system.idle_timeout = parse_milliseconds(options.idle_timeout, "--idle-timeout");
  system.max_lifetime = parse_milliseconds(options.max_lifetime, "--max-lifetime");
  system.llm_timeout = parse_milliseconds(options.llm_timeout, "--llm-timeout");
  if (!options.llm_start.empty()) system.llm_start = parse_milliseconds(options.llm_start, "--llm-start");
  system.coalesce = parse_milliseconds(options.coalesce, "--coalesce");
  system.retry_wait = parse_milliseconds(options.retry_wait, "--retry-wait");
  if (system.retry_wait < kLeastRetryWait)
    throw Error(ErrorKind::kUsage, fmt::format("--retry-wait: expected at least 10s, got {}", options.retry_wait));
  if (!options.backend_timeout.empty()) system.backend.timeout = backend_timeout(options.backend_timeout);
  system.backend.secret_file =
      checked_secret_file("--backend-secret-file", system.backend.secret_file, wire::kSignatureSecretMinBytes, context);
  if (system.lab) system.backend.timeout = stack::kLabTimeout;
  for (const std::string& setting : options.lab_settings) {
    const std::size_t equals = setting.find('=');
    system.lab_arguments.push_back("--" + setting.substr(0, equals));
    system.lab_arguments.push_back(setting.substr(equals + 1));
  }
  if (!options.refresh_rotation.empty()) system.rotation_grace = rotation_grace(options.refresh_rotation);
  for (const std::string& setting : options.sim) {
    system.node_arguments.emplace_back("--sim");
    system.node_arguments.push_back(setting);
  }
  for (const auto& [name, value] : options.engine) {
    system.node_arguments.push_back(name);
    system.node_arguments.push_back(value);
  }
  return system;
}

int serve(const UpOptions& options, Context& context) {
  net::EventLoop loop;
  std::optional<Error> fault;
  local::System system(
      loop, system_options(options, context), context.env, context.files, context.clock,
      [&](const local::ServerInfo& info) {
        if (options.ready_fd >= 0) return local::tell_ready(options.ready_fd);
        context.console.err(fmt::format("{}Stop it with Ctrl-C, or: {}\n", summary(info), command_to_end(options)));
      },
      [&](const std::string& cause) {
        fault = Error(ErrorKind::kFailure, "cannot start the local system: " + cause);
        loop.stop();
      });
  net::EventLoop::Subscription farewell;
  const auto signals = loop.on_signal({SIGINT, SIGTERM, SIGHUP}, [&](int) {
    if (farewell) return loop.stop();  // asked twice: at once
    farewell = loop.after(kLongestFarewell, [&] { loop.stop(); });
    system.close_clients([&] { loop.stop(); });
  });
  loop.run();
  if (fault) throw *fault;
  return 0;
}

/// Each option that differs from nothing, with its value; the same options always give the same list.
std::vector<std::pair<std::string, std::string>> options_of(const UpOptions& options) {
  const local::SystemOptions& s = options.system;
  std::vector<std::pair<std::string, std::string>> given;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) given.emplace_back(name, value);
  };
  add("--address", s.address);
  add("--port", std::to_string(s.port));
  add("--region", s.region);
  add("--idle-timeout", options.idle_timeout);
  add("--max-lifetime", options.max_lifetime);
  add("--llm-timeout", options.llm_timeout);
  add("--llm-start", options.llm_start);
  add("--coalesce", options.coalesce);
  add("--retry-wait", options.retry_wait);
  add("--llm", s.llm_url);
  if (!s.llm_ca_file.empty()) add("--llm-ca-file", std::filesystem::absolute(s.llm_ca_file).string());
  if (!s.hs256_secret_file.empty()) add("--hs256-secret-file", std::filesystem::absolute(s.hs256_secret_file).string());
  add("--hs256-issuer", s.hs256_issuer);
  if (s.rest_chats_table != local::SystemOptions().rest_chats_table) add("--rest-chats-table", s.rest_chats_table);
  for (const auto& [name, value] : options.bedrock.as_given()) add(name, value);
  add("--dynamodb-endpoint", s.dynamodb_endpoint);
  add("--cognito-issuer", s.cognito_issuer);
  add("--cognito-client-id", s.cognito_client_id);
  for (const std::string& origin : s.allowed_origins) add("--allow-origin", origin);
  for (const std::string& url : s.callback_urls) add("--callback-url", url);
  for (const std::string& route : s.route_responses) add("--route-response", route);
  add("--refresh-rotation", options.refresh_rotation);
  if (s.cognito_rate > 0) add("--cognito-rate", std::to_string(s.cognito_rate));
  for (const std::string& setting : options.sim) add("--sim", setting);
  for (const auto& [name, value] : options.engine) add(name.c_str(), value);
  add("--backend", s.backend.url);
  for (const std::string& route : s.backend.routes) add("--backend-route", route);
  if (!s.backend.secret_file.empty())
    add("--backend-secret-file", std::filesystem::absolute(s.backend.secret_file).string());
  add("--backend-timeout", options.backend_timeout);
  for (const std::string& setting : options.lab_settings) add("--lab-set", setting);
  if (s.lab) given.emplace_back("--lab", "");
  if (s.backend.continue_when_down) given.emplace_back("--backend-continue", "");
  if (s.tls) given.emplace_back("--tls", "");
  if (s.hs256_pool_users) given.emplace_back("--hs256-pool-users", "");
  if (s.token_in_query) given.emplace_back("--token-in-query", "");
  if (s.rooms) given.emplace_back("--rooms", "");
  return given;
}

std::vector<std::string> daemon_arguments(const UpOptions& options, const Context& context) {
  std::vector<std::string> words = {context.program, "local", "up", "--state",
                                    state_folder(options.state, context).string()};
  for (const auto& [name, value] : options_of(options)) {
    words.push_back(name);
    if (!value.empty()) words.push_back(value);
  }
  return words;
}

std::vector<std::string> as_given(const UpOptions& options) {
  std::vector<std::string> all;
  for (const auto& [name, value] : options_of(options)) all.push_back(value.empty() ? name : name + " " + value);
  return all;
}

/// Those of `all` that are not among `others`.
std::vector<std::string> without(std::vector<std::string> all, const std::vector<std::string>& others) {
  std::erase_if(all, [&](const auto& one) { return std::find(others.begin(), others.end(), one) != others.end(); });
  return all;
}

std::string command_to_end(const UpOptions& options) {
  return "wsdeep local down" + (options.state.empty() ? "" : " --state " + options.state);
}

/// Asking twice for the same system is no fault; another one cannot be had beside it.
void require_same_options(const local::ServerInfo& running, const UpOptions& options) {
  const std::vector<std::string> wanted = as_given(options);
  if (running.options.empty() || running.options == wanted) return;
  std::vector<std::string> differences;
  for (const std::string& one : without(running.options, wanted)) differences.push_back("it has " + one);
  for (const std::string& one : without(wanted, running.options)) differences.push_back("it has no " + one);
  if (differences.empty()) differences.emplace_back("given in another order");
  throw Error(ErrorKind::kFailure,
              fmt::format("a local system already runs with other options: {}", join(differences, ", ")),
              "end it first with: " + command_to_end(options));
}

}  // namespace

}  // namespace wsdeep::commands
