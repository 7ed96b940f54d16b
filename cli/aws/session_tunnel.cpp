#include "aws/session_tunnel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/url.h"
#include "net/event_loop.h"
#include "net/process.h"
#include "net/run_program.h"
#include "wire/json_writer.h"

// The plugin is called as the AWS CLI calls it:
//
//   session-manager-plugin RESPONSE REGION StartSession PROFILE PARAMETERS ENDPOINT
//
// RESPONSE is StartSession's answer as JSON, token and all, where everybody on this machine could read it in the list
// of processes. Later plugins than 1.2.497 take the name of an environment variable instead, which holds it; earlier
// ones are refused. The plugin chooses a free port (none is asked for), and says so when it listens:
//
//   Port 41235 opened for sessionId …

namespace wsdeep::aws {
namespace {

constexpr const char* kPlugin = "session-manager-plugin";
constexpr const char* kResponse = "AWS_SSM_START_SESSION_RESPONSE";
constexpr std::array<int, 3> kLastWithoutVariable = {1, 2, 497};
constexpr const char* kGetIt =
    "get it from https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html";
constexpr std::size_t kMostOutput = 4096;
constexpr std::chrono::seconds kVersionLimit{10};

/// `1.2.553.0`; nothing for what is no version.
std::optional<std::array<int, 3>> parse_version(std::string_view text) {
  const auto parts = split(trim(text), '.');
  std::array<int, 3> version{};
  if (parts.size() < version.size()) return std::nullopt;
  for (std::size_t at = 0; at < version.size(); ++at) {
    const auto number = parse_integer(parts[at], 0, 1'000'000);
    if (!number) return std::nullopt;
    version[at] = static_cast<int>(*number);
  }
  return version;
}

std::filesystem::path find_plugin(const Env& env, const std::stop_token& stop) {
  const auto plugin = net::find_program(env, kPlugin);
  if (!plugin)
    throw Error(ErrorKind::kNotFound, "Session Manager needs AWS's session-manager-plugin, and it is not in PATH",
                kGetIt);
  const net::ProgramRun run = net::run_program(*plugin, {"--version"}, env, kVersionLimit, stop);
  const auto version = parse_version(run.out);
  if (!version || *version <= kLastWithoutVariable)
    throw Error(ErrorKind::kFailure,
                fmt::format("{} is version '{}', which takes the session's token on its command line, for all to see",
                            plugin->string(), printable(trim(run.out).substr(0, 40))),
                fmt::format("a version after 1.2.497 does not; {}", kGetIt));
  return *plugin;
}

SsmSessionRequest request_of(const TunnelOptions& options) {
  SsmSessionRequest request{
      options.instance, "AWS-StartPortForwardingSession", {{"portNumber", std::to_string(options.port)}}};
  if (options.host.empty()) return request;
  request.document = "AWS-StartPortForwardingSessionToRemoteHost";
  request.parameters.emplace("host", options.host);
  return request;
}

/// The port in what the plugin has said so far; nothing: it does not say yet.
std::optional<std::uint16_t> port_in(std::string_view said) {
  constexpr std::string_view kBefore = "Port ", kAfter = " opened for sessionId";
  const std::size_t end = said.find(kAfter);
  const std::size_t begin = end == std::string_view::npos ? end : said.rfind(kBefore, end);
  if (begin == std::string_view::npos) return std::nullopt;
  return parse_port(said.substr(begin + kBefore.size(), end - begin - kBefore.size()));
}

/// Its last line that says something.
std::string last_words(std::string_view said) {
  std::string words;
  for (const std::string_view line : split(said, '\n'))
    if (!trim(line).empty()) words = printable(trim(line));
  return words;
}

}  // namespace

struct SessionTunnel::Impl {
  Impl(Ssm& session_manager, const TunnelOptions& tunnel, const Env& environment)
      : ssm(session_manager), options(tunnel), env(environment) {}

  net::ProcessOptions plugin_options(const std::filesystem::path& plugin, const SsmSessionRequest& request);
  void run(net::ProcessOptions process);
  void hear(std::string_view piece);
  void note_exit(int code);
  void wait(const std::stop_token& stop);
  void end();

  Ssm& ssm;
  const TunnelOptions options;
  const Env env;
  SsmSession session;
  net::EventLoop loop;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::string said;
  std::optional<std::uint16_t> port;
  std::string fault;
  std::jthread thread;  ///< the loop's; last, so that it ends first
};

net::ProcessOptions SessionTunnel::Impl::plugin_options(const std::filesystem::path& plugin,
                                                        const SsmSessionRequest& request) {
  net::ProcessOptions process;
  process.program = plugin;
  process.arguments = {kResponse,       ssm.options().region, "StartSession",
                       options.profile, request.json(),       ssm.options().endpoint};
  const Env passed_on = env.without_secrets();
  process.environment.insert(passed_on.all().begin(), passed_on.all().end());
  // It calls AWS itself, to resume a session whose connection broke.
  for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
    if (const auto value = env.get(name)) process.environment.emplace(name, *value);
  process.environment[kResponse] = wire::JsonObject()
                                       .add("SessionId", session.id)
                                       .add("TokenValue", session.token)
                                       .add("StreamUrl", session.stream_url)
                                       .text();
  process.on_stdout = process.on_stderr = [this](std::string_view piece) { hear(piece); };
  process.on_exit = [this](int code) { note_exit(code); };
  return process;
}

/// In the loop's thread, with which the child lives and dies.
void SessionTunnel::Impl::run(net::ProcessOptions process) {
  try {
    const net::Process plugin(loop, std::move(process));
    loop.run();
  } catch (const Error& error) {
    const std::lock_guard lock(mutex);
    fault = error.what();
    changed.notify_all();
  }
}

void SessionTunnel::Impl::hear(std::string_view piece) {
  log_debug("session-manager-plugin", {{"text", std::string(piece)}});
  const std::lock_guard lock(mutex);
  said.append(piece.substr(0, kMostOutput - std::min(kMostOutput, said.size())));
  if (!port) port = port_in(said);
  changed.notify_all();
}

void SessionTunnel::Impl::note_exit(int code) {
  const std::lock_guard lock(mutex);
  const std::string words = last_words(said);
  fault = fmt::format("session-manager-plugin has ended ({}){}", code, words.empty() ? "" : ": " + words);
  changed.notify_all();
}

void SessionTunnel::Impl::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  const bool over = changed.wait_for(lock, stop, options.patience, [this] { return port || !fault.empty(); });
  if (stop.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
  if (port && fault.empty()) return;
  const std::string to = fmt::format("no tunnel to {} came about: ", options.instance);
  if (over) throw Error(ErrorKind::kFailure, to + fault);
  throw Error(ErrorKind::kFailure,
              fmt::format("{}session-manager-plugin opened no port within {} s", to, options.patience.count() / 1000));
}

/// Whatever becomes of the plugin, the session ends: a lost one lives for its idle time.
void SessionTunnel::Impl::end() {
  loop.stop();
  if (thread.joinable()) thread.join();
  try {
    ssm.terminate_session(session.id);
  } catch (const Error& error) {
    log_debug("TerminateSession failed", {{"text", error.what()}});
  }
}

SessionTunnel::SessionTunnel(Ssm& ssm, const TunnelOptions& options, const Env& env, const std::stop_token& stop)
    : impl_(std::make_unique<Impl>(ssm, options, env)) {
  const std::filesystem::path plugin = find_plugin(env, stop);
  const SsmSessionRequest request = request_of(options);
  impl_->session = ssm.start_session(request);
  impl_->thread = std::jthread([impl = impl_.get(), process = impl_->plugin_options(plugin, request)]() mutable {
    impl->run(std::move(process));
  });
  try {
    impl_->wait(stop);
  } catch (...) {
    impl_->end();
    throw;
  }
}

SessionTunnel::~SessionTunnel() {
  impl_->end();
}

std::uint16_t SessionTunnel::port() const {
  return *impl_->port;
}

std::string SessionTunnel::fault(std::chrono::milliseconds patience) const {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait_for(lock, patience, [this] { return !impl_->fault.empty(); });
  return impl_->fault;
}

}  // namespace wsdeep::aws
