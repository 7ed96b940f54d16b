#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "aws/sigv4.h"
#include "base/error.h"
#include "commands/commands.h"
#include "commands/duration_option.h"
#include "local/front.h"
#include "local/server_info.h"
#include "local/system.h"
#include "net/http_client.h"
#include "terminal/context.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct UpOptions {
  local::SystemOptions system;
  std::string state;
  std::vector<std::string> sim;
  std::vector<std::pair<std::string, std::string>> engine;  ///< options of `llm serve` that name another engine
  std::string idle_timeout = "10m";
  std::string max_lifetime = "2h";
  std::string llm_timeout = "60s";
  std::string coalesce = "20ms";
  bool detach = false;
  int ready_fd = -1;  ///< of the process that detached us
};

constexpr std::chrono::milliseconds kFarewell{300};
constexpr int kReadyTimeoutMs = 30'000;
constexpr int kStopTimeoutMs = 10'000;

std::filesystem::path state_folder(const std::string& option, const Context& context) {
  return option.empty() ? context.state_folder() / "local" : std::filesystem::absolute(option);
}

std::string summary(const local::ServerInfo& info) {
  std::string text = fmt::format("local system is up (pid {})\n  WebSocket  {}\n  AWS        {}\n  LLM        {}\n",
                                 info.pid, info.url, info.endpoint, info.llm_url);
  if (!info.ca_file.empty()) text += fmt::format("  CA         {}\n", info.ca_file);
  return text;
}

// ---- up ----

/// One line to whoever waits for us: `ready`, or what went wrong.
void tell_parent(int fd, const std::string& line) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t done = ::write(fd, line.data(), line.size());
  ::close(fd);
}

local::SystemOptions system_options(const UpOptions& options, const Context& context) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  local::SystemOptions system = options.system;
  system.state = state_folder(options.state, context);
  system.program = context.program;
  system.idle_timeout = duration_cast<milliseconds>(parse_duration(options.idle_timeout, "--idle-timeout"));
  system.max_lifetime = duration_cast<milliseconds>(parse_duration(options.max_lifetime, "--max-lifetime"));
  system.llm_timeout = duration_cast<milliseconds>(parse_duration(options.llm_timeout, "--llm-timeout"));
  system.coalesce = duration_cast<milliseconds>(parse_duration(options.coalesce, "--coalesce"));
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
  const bool detached = options.ready_fd >= 0;
  local::System system(
      loop, system_options(options, context), context.env, context.files, context.clock,
      [&](const local::ServerInfo& info) {
        if (detached) return tell_parent(options.ready_fd, "ready\n");
        context.console.err(summary(info) + "Stop it with Ctrl-C, or: wsdeep local down\n");
      },
      [&](const std::string& cause) {
        fault = Error(ErrorKind::kFailure, "cannot start the local system: " + cause);
        loop.stop();
      });
  net::EventLoop::Subscription farewell;
  const auto signals = loop.on_signal({SIGINT, SIGTERM, SIGHUP}, [&](int) {
    system.close_clients();
    farewell = loop.after(kFarewell, [&] { loop.stop(); });
  });
  loop.run();
  if (fault) throw *fault;
  return 0;
}

int run_serve(const UpOptions& options, Context& context) {
  try {
    return serve(options, context);
  } catch (const Error& error) {
    tell_parent(options.ready_fd, std::string(error.what()) + "\n" + error.hint());
    throw;
  }
}

/// What the detached process says, until it closes its end.
std::string read_answer(int fd) {
  std::string answer;
  char block[4096];
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kReadyTimeoutMs);
    if (ready < 0 && errno == EINTR) throw Error(ErrorKind::kInterrupted, "interrupted while the system was starting");
    if (ready == 0) return "it did not get ready within 30 s\n";
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got <= 0) return answer;
    answer.append(block, static_cast<std::size_t>(got));
  }
}

[[noreturn]] void become_daemon(char* const* argv, const std::string& log) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  if (out >= 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
  }
  ::execv(argv[0], argv);
  ::_exit(127);
}

std::vector<std::string> daemon_arguments(const UpOptions& options, const Context& context, int ready_fd) {
  const local::SystemOptions& s = options.system;
  std::vector<std::string> words = {context.program, "local", "up", "--ready-fd", std::to_string(ready_fd)};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  add("--state", state_folder(options.state, context).string());
  add("--address", s.address);
  add("--port", std::to_string(s.port));
  add("--region", s.region);
  add("--idle-timeout", options.idle_timeout);
  add("--max-lifetime", options.max_lifetime);
  add("--llm-timeout", options.llm_timeout);
  add("--coalesce", options.coalesce);
  add("--llm", s.llm_url);
  add("--dynamodb-endpoint", s.dynamodb_endpoint);
  add("--cognito-issuer", s.cognito_issuer);
  add("--cognito-client-id", s.cognito_client_id);
  for (const std::string& origin : s.allowed_origins) add("--allow-origin", origin);
  for (const std::string& url : s.callback_urls) add("--callback-url", url);
  if (s.cognito_rate > 0) add("--cognito-rate", std::to_string(s.cognito_rate));
  for (const std::string& setting : options.sim) add("--sim", setting);
  for (const auto& [name, value] : options.engine) add(name.c_str(), value);
  if (s.tls) words.emplace_back("--tls");
  if (s.token_in_query) words.emplace_back("--token-in-query");
  if (s.rooms) words.emplace_back("--rooms");
  return words;
}

int run_detached(const UpOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  if (local::is_running(state)) {
    if (const auto info = local::read_server_info(context.files, state)) context.console.err(summary(*info));
    return 0;
  }
  make_private_directories(state);
  int pipe_fds[2];
  if (::pipe2(pipe_fds, 0) != 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  ::fcntl(pipe_fds[0], F_SETFD, FD_CLOEXEC);
  std::vector<std::string> words = daemon_arguments(options, context, pipe_fds[1]);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = (state / "local.log").string();
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorKind::kFailure, fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) become_daemon(argv.data(), log);
  ::close(pipe_fds[1]);
  const std::string answer = read_answer(pipe_fds[0]);
  ::close(pipe_fds[0]);
  if (answer == "ready\n") {
    if (const auto info = local::read_server_info(context.files, state)) context.console.err(summary(*info));
    return 0;
  }
  ::kill(child, SIGTERM);
  const std::size_t end = answer.find('\n');
  if (answer.empty()) throw Error(ErrorKind::kFailure, "the local system ended while it was starting", "see " + log);
  throw Error(ErrorKind::kFailure, answer.substr(0, end), end == std::string::npos ? "" : answer.substr(end + 1));
}

// ---- status ----

struct StatusOptions {
  std::string state;
  std::string output = "text";
};

Error not_running() {
  return {ErrorKind::kFailure, "no local system is running", "start it with: wsdeep local up --detach"};
}

nlohmann::json ask_status(const local::ServerInfo& info) {
  net::HttpClient http;
  net::HttpCall call;
  call.url = info.endpoint + "/_local/status";
  call.ca_file = info.ca_file;
  const net::HttpResponse response = http.send(call);
  const auto json = wire::try_read_json(response.body);
  if (response.status == 200 && json.is_object()) return json;
  throw Error(ErrorKind::kFailure, fmt::format("the local system answered {} to a status request", response.status));
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
  text += fmt::format("{:<20} {:>9} {:>8} {:>7} {:>12} {:>7}\n", "FUNCTION", "PROCESSES", "RUNNING", "QUEUED",
                      "INVOCATIONS", "ERRORS");
  for (const auto& f : status.value("functions", nlohmann::json::array()))
    text += fmt::format("{:<20} {:>9} {:>8} {:>7} {:>12} {:>7}\n", f.value("name", ""), f.value("processes", 0),
                        f.value("running", 0), f.value("queued", 0), f.value("invocations", 0), f.value("errors", 0));
  return text;
}

/// Where the pool's messages go instead of to phones.
std::filesystem::path messages_file(const std::filesystem::path& state) {
  return state / "logs" / "messages.log";
}

int run_status(const StatusOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  const auto info = local::read_server_info(context.files, state);
  if (!info || !local::is_running(state)) throw not_running();
  if (options.output == "env") {
    context.console.out(exports(*info));
    return 0;
  }
  nlohmann::json status = ask_status(*info);
  if (options.output == "text") {
    context.console.out(text_of(*info, status, context) +
                        fmt::format("\nservice client: {} (its secret: serviceClientSecret in {})\n"
                                    "messages to phones: {}\nlogs: {}\n",
                                    info->service_client_id, (state / "server.json").string(),
                                    messages_file(state).string(), (state / "logs").string()));
    return 0;
  }
  status.update({{"url", info->url},
                 {"endpoint", info->endpoint},
                 {"llmUrl", info->llm_url},
                 {"region", info->region},
                 {"userPoolId", info->user_pool_id},
                 {"clientId", info->client_id},
                 {"serviceClientId", info->service_client_id},
                 {"secretsFile", (state / "server.json").string()},
                 {"messagesFile", messages_file(state).string()},
                 {"caFile", info->ca_file}});
  context.console.out(wire::indented_json(status) + "\n");
  return 0;
}

// ---- rotate-keys ----

/// Asks the running system, which alone may write its database.
int run_rotate_keys(const StatusOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  const auto info = local::read_server_info(context.files, state);
  if (!info || !local::is_running(state)) throw not_running();
  net::HttpCall call;
  call.method = "POST";
  call.url = info->endpoint + local::kRotateKeysPath;
  call.ca_file = info->ca_file;
  call.headers = aws::sign(call.method, call.url, {}, "", {info->access_key_id, info->secret_access_key, {}, {}},
                           {info->region, local::kLocalService}, context.clock.now());
  net::HttpClient http;
  const net::HttpResponse response = http.send(call);
  const auto json = wire::try_read_json(response.body);
  if (response.status != 200 || !json.is_object())
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot rotate the keys: {}",
                            json.is_object() ? json.value("message", "") : fmt::format("HTTP {}", response.status)));
  if (options.output == "json") {
    context.console.out(wire::indented_json(json) + "\n");
    return 0;
  }
  context.console.out(
      fmt::format("ID tokens      {}\naccess tokens  {}\n", json.value("idKid", ""), json.value("accessKid", "")));
  context.console.err(fmt::format("new tokens are signed by these keys; the old ones are accepted until {}\n",
                                  json.value("oldKeysUntil", "")));
  return 0;
}

// ---- down ----

int run_down(const StatusOptions& options, Context& context) {
  const auto state = state_folder(options.state, context);
  const auto info = local::read_server_info(context.files, state);
  if (!info || !local::is_running(state)) {
    context.console.err("no local system is running: nothing to stop\n");
    return 0;
  }
  // A descriptor of the process, so that its number cannot mean another one meanwhile.
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, info->pid, 0));
  if (process < 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot reach process {}: {}", info->pid, std::strerror(errno)));
  ::syscall(SYS_pidfd_send_signal, process, SIGTERM, nullptr, 0);
  pollfd ended{process, POLLIN, 0};
  const int result = ::poll(&ended, 1, kStopTimeoutMs);
  ::close(process);
  if (result <= 0)
    throw Error(ErrorKind::kFailure, fmt::format("process {} does not stop", info->pid),
                fmt::format("end it with: kill -9 {}", info->pid));
  context.console.err("local system stopped; its tables and users are kept\n");
  return 0;
}

void add_up(const Command& local, Context& context) {
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
  command.add_flag("--rooms", s.rooms, "allow messages between clients (chat-room mode)");
  command.add_option("--idle-timeout", options->idle_timeout, "close a silent connection after").shows_default();
  command.add_option("--max-lifetime", options->max_lifetime, "close every connection after").shows_default();
  command.add_option("--llm-timeout", options->llm_timeout, "give a silent LLM this long").shows_default();
  command.add_option("--coalesce", options->coalesce, "least time between two frames of an answer").shows_default();
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
  const std::string group = "Real parts instead of emulated ones";
  const Option llm = command.add_option("--llm", s.llm_url, "grpc://host:port of a node or load balancer").group(group);
  const auto engine_option = [&](const char* name, const char* text) {
    return command
        .add_option(
            name, [options, name](const std::string& value) { options->engine.emplace_back(name, value); }, text)
        .group(group)
        .excludes(llm);
  };
  const Option engine =
      engine_option("--engine", "engine of the node: openai or ollama (see: wsdeep llm serve --help)");
  engine.one_of({"openai", "ollama"});
  engine.needs(
      engine_option("--engine-url", "where that engine listens, such as http://127.0.0.1:11434").needs(engine));
  engine_option("--model", "model of that engine").needs(engine);
  command.add_option("--dynamodb-endpoint", s.dynamodb_endpoint, "DynamoDB endpoint that has the tables").group(group);
  const Option issuer =
      command.add_option("--cognito-issuer", s.cognito_issuer, "issuer of another user pool").group(group);
  command.add_option("--cognito-client-id", s.cognito_client_id, "app client of that pool").group(group).needs(issuer);
  command.add_option("--ready-fd", options->ready_fd, "where to say that it is ready").group("");
  command.footer(
      "Examples:\n"
      "  wsdeep local up --detach --sim ttft=300ms\n"
      "  wsdeep local up --detach --engine ollama --engine-url http://127.0.0.1:11434 --model deepseek-r1:8b");
  command.runs(
      [options, &context] { return options->detach ? run_detached(*options, context) : run_serve(*options, context); });
}

void add_state_command(const Command& local, Context& context, const char* name, const char* text,
                       int (*run)(const StatusOptions&, Context&), const std::vector<std::string>& outputs) {
  auto options = std::make_shared<StatusOptions>();
  const Command command = local.add_subcommand(name, text);
  command.add_option("--state", options->state, "state folder of the local system").envname("WSDEEP_LOCAL_STATE");
  if (!outputs.empty())
    command
        .add_option("--output", options->output,
                    outputs.back() == "env" ? "text, json, or env for shell exports" : "text or json")
        .one_of(outputs);
  command.runs([options, &context, run] { return run(*options, context); });
}

}  // namespace

void add_local(const Command& app, Context& context) {
  const Command local = app.add_subcommand("local", "Run the whole system on this machine");
  local.require_subcommand();
  add_up(local, context);
  add_state_command(local, context, "status", "Say what runs and how busy it is", run_status, {"text", "json", "env"});
  add_state_command(local, context, "rotate-keys", "Make new keys for the user pool's tokens", run_rotate_keys,
                    {"text", "json"});
  add_state_command(local, context, "down", "Stop it; tables and users are kept", run_down, {});
}

}  // namespace wsdeep::commands
