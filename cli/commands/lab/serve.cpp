#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>

#include "auth/live_secret.h"
#include "aws/client.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "commands/lab/commands.h"
#include "commands/lab/lab_serve_options.h"
#include "lab/lab_server.h"
#include "wire/backend_signature.h"

namespace wsdeep::commands {
namespace {

struct LabServeOptions {
  std::string listen = "127.0.0.1:0";
  std::string issuer;
  std::vector<std::string> client_ids;
  std::string jwks_url;
  std::string ca_file;
  std::string secret_file;
  bool insecure_no_signature = false;
  std::string redis;
  std::string redis_user;
  std::string redis_password_file;
  std::string redis_ca_file;
  std::vector<std::string> push_origins;
  std::vector<std::string> images;
  std::string idle = "30m";
  std::string command_limit = "10m";
  std::string answer_within = "8s";
  bool require_isolation = false;
  int sessions = 20;
  int sessions_of_user = 3;
  lab::JailOptions jail;
};

int run_lab_serve(LabServeOptions options, Context& context);

void add_access_options(const Command& command, LabServeOptions& options) {
  command.add_option("--issuer", options.issuer, "who issues the users' tokens: the URL of the pool")
      .envname("COGNITO_ISSUER");
  command
      .add_option("--client-id", options.client_ids,
                  "app client whose tokens are accepted; may be given again (default: COGNITO_CLIENT_IDS, with commas)")
      .repeats();
  command.add_option("--jwks-url", options.jwks_url,
                     "where the issuer's keys are (default: /.well-known/jwks.json below the issuer)");
  command.add_option("--ca-file", options.ca_file,
                     "PEM file to trust besides the system's, for the issuer and for pushes");
  command.add_option(
      "--secret-file", options.secret_file,
      "file with the secret that the service signs its requests with, 32 characters at least; without it "
      "WSDEEP_LAB_SECRET");
  command.add_flag("--insecure-no-signature", options.insecure_no_signature,
                   "take requests that nobody has signed, on a loopback address: for a try");
  command
      .add_option(
          "--push-origin", options.push_origins,
          "push to clients by this origin only, such as https://abc.execute-api.eu-west-1.amazonaws.com; may be "
          "given again; required unless --listen is a loopback address")
      .repeats();
}

void add_store_options(const Command& command, LabServeOptions& options) {
  command
      .add_option("--redis", options.redis,
                  "where the sessions are written down: redis://HOST:PORT or, over TLS, rediss://HOST:PORT (default: "
                  "WSDEEP_REDIS_URL, or redis://127.0.0.1:6379)")
      .envname("WSDEEP_REDIS_URL");
  command.add_option("--redis-user", options.redis_user, "user of Redis's ACL");
  command.add_option("--redis-password-file", options.redis_password_file,
                     "file with Redis's password or AUTH token; without it WSDEEP_REDIS_PASSWORD");
  command.add_option("--redis-ca-file", options.redis_ca_file, "PEM file to trust besides the system's, for Redis");
}

void add_session_options(const Command& command, LabServeOptions& options) {
  command.add_option("--idle", options.idle, "a session that nobody uses for so long ends").shows_default();
  command.add_option("--command-limit", options.command_limit, "a `command` that runs for so long is killed")
      .shows_default();
  command
      .add_option(
          "--answer-within", options.answer_within,
          "a `command` that runs longer is answered with command_running, and its result is pushed; has to be less "
          "than the service's time-out for its backend (backend.timeout_ms, 10 s)")
      .shows_default();
  command.add_option("--sessions", options.sessions, "sessions at a time").range(1, 1000).shows_default();
  command.add_option("--sessions-per-user", options.sessions_of_user, "of one user").range(1, 1000).shows_default();
  command
      .add_option(
          "--image", options.images,
          "NAME=FOLDER: a tree of programs that a session may ask for, such as one of debootstrap; the first is "
          "the default; may be given again (default: host=/)")
      .repeats();
  command.add_option("--shell", options.jail.shell, "what runs in the terminal").shows_default();
  command.add_option("--memory-mb", options.jail.memory_mb, "memory of a session").range(16, 1 << 20).shows_default();
  command.add_option("--home-mb", options.jail.home_mb, "files of a session, in memory")
      .range(1, 1 << 16)
      .shows_default();
  command.add_option("--processes", options.jail.processes, "processes and threads of a session")
      .range(4, 30'000)
      .shows_default();
  command.add_option("--cpus", options.jail.cpus, "processors of a session").range(0.01, 1024.0).shows_default();
  command.add_flag("--require-isolation", options.require_isolation,
                   "do not serve where a session's memory, processes or processors cannot be limited as a whole");
}

constexpr const char* kLabHelp =
    "Each session is a shell on a terminal of its own, in namespaces of its own: it sees no other session, no network\n"
    "but its own loopback, and of this machine's files only the programs, read-only. Where that cannot be had, "
    "nothing\n"
    "is served; limits of memory, processes and processors take control groups (as root, or with systemd's\n"
    "Delegate=yes), and what cannot be limited is said at the start. cli/lab/ISOLATION.md has what this protects "
    "from,\n"
    "and what it does not.\n\n"
    "Prints its URL when it listens. On SIGINT or SIGTERM it ends all sessions, tells who is attached, and exits with "
    "0\n"
    "within a second. Without Redis terminals go on, and nothing new begins.\n\n"
    "Example:\n"
    "  wsdeep lab serve --listen 127.0.0.1:8090 --secret-file lab.secret --issuer "
    "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI \\\n"
    "    --client-id 4examp1ec1ient --push-origin https://abc.execute-api.eu-west-1.amazonaws.com \\\n"
    "    --redis redis://127.0.0.1:6379";

}  // namespace

void add_lab_serve(const Command& lab, Context& context) {
  add_lab_serve_options(lab.add_subcommand("serve", kLabServeText), context);
}

void add_lab_serve_options(const Command& command, Context& context) {
  auto options = std::make_shared<LabServeOptions>();
  command.add_option("--listen", options->listen, "address and port; port 0 lets the kernel choose").shows_default();
  add_access_options(command, *options);
  add_store_options(command, *options);
  add_session_options(command, *options);
  command.footer(kLabHelp);
  command.runs([options, &context] { return run_lab_serve(*options, context); });
}

namespace {

/// A secret of a file or of the environment; an end of line behind it is not part of it. Empty: there is none.
std::string read_secret(const std::string& file, const char* variable, const Context& context) {
  constexpr std::size_t kLongest = 4096;
  if (file.empty()) return context.env.get_or(variable, "");
  const auto text = context.files.read(file, kLongest);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("no such file: {}", file));
  return std::string(trim(*text));
}

/// What `text` was read as at the start: one of a file is read again when it may have been replaced.
std::shared_ptr<auth::LiveSecret> live_secret(const char* what, const std::string& file, const std::string& text,
                                              std::size_t least_bytes) {
  static const SystemClock clock;
  if (text.empty()) return nullptr;
  return std::make_shared<auth::LiveSecret>(
      clock, auth::LiveSecretPlace{what, file, least_bytes, "",
                                   [text](bool, const aws::CallContext&) { return auth::SecretReading{text}; }});
}

/// `anew`: it is asked for seldom, and each time it may have been replaced.
std::function<std::string()> text_of(const std::shared_ptr<auth::LiveSecret>& secret, bool anew) {
  if (!secret) return nullptr;
  return [secret, anew] { return secret->text(anew); };
}

void check_access(const LabServeOptions& options, const ListenAddress& listen, const std::string& secret) {
  const bool is_loopback = listen.host == "127.0.0.1" || listen.host == "::1" || listen.host == "localhost";
  if (options.insecure_no_signature && !is_loopback)
    throw Error(ErrorKind::kUsage, "--insecure-no-signature is for a loopback address");
  if (options.insecure_no_signature && !secret.empty())
    throw Error(ErrorKind::kUsage, "--insecure-no-signature, and a secret is given");
  if (!options.insecure_no_signature && secret.size() < wire::kSignatureSecretMinBytes)
    throw Error(ErrorKind::kUsage,
                secret.empty() ? "a secret is required: the service signs its requests with it"
                               : "the secret is shorter than 32 characters",
                "head -c 32 /dev/urandom | base64 > lab.secret, and --secret-file lab.secret");
  if (options.issuer.empty()) throw Error(ErrorKind::kUsage, "--issuer is required");
  // What is served to this machine alone is asked by a service of this machine, whose port nobody knows before.
  if (!secret.empty() && options.push_origins.empty() && !is_loopback)
    throw Error(ErrorKind::kUsage, "--push-origin is required: where the service takes what is pushed to clients",
                "the origin of its HTTP API, such as --push-origin https://abc.execute-api.eu-west-1.amazonaws.com");
}

std::vector<std::string> accepted_clients(const LabServeOptions& options, const Context& context) {
  if (!options.client_ids.empty()) return options.client_ids;
  std::vector<std::string> clients;
  const std::string listed = context.env.get_or("COGNITO_CLIENT_IDS", "");
  for (const std::string_view one : split(listed, ','))
    if (!trim(one).empty()) clients.emplace_back(trim(one));
  if (clients.empty()) throw Error(ErrorKind::kUsage, "--client-id is required");
  return clients;
}

void read_images(const LabServeOptions& options, lab::JailOptions& jail) {
  if (options.images.empty()) return;
  jail.images.clear();
  for (const std::string& text : options.images) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || text.compare(equals + 1, 1, "/") != 0)
      throw Error(ErrorKind::kUsage, "--image: expected NAME=/FOLDER, got " + text);
    jail.images.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}

/// Nothing of it is read before the keeper is there: what it inherits, sessions' first processes inherit.
lab::LabServerOptions server_options(const LabServeOptions& options, const Context& context) {
  const ListenAddress listen = parse_listen_address(options.listen);
  lab::LabServerOptions server;
  const std::string secret = read_secret(options.secret_file, "WSDEEP_LAB_SECRET", context);
  check_access(options, listen, secret);
  server.secret = live_secret("the signing secret", options.secret_file, secret, wire::kSignatureSecretMinBytes);
  server.listen.address = listen.host == "localhost" ? "127.0.0.1" : listen.host;
  server.listen.port = listen.port;
  server.token.rules.issuer = options.issuer;
  server.token.rules.client_ids = accepted_clients(options, context);
  server.token.jwks_url = options.jwks_url;
  server.token.ca_file = options.ca_file;
  server.sessions.redis.url = options.redis.empty() ? server.sessions.redis.url : options.redis;
  server.sessions.redis.user = options.redis_user;
  const std::string password = read_secret(options.redis_password_file, "WSDEEP_REDIS_PASSWORD", context);
  server.sessions.redis.password =
      text_of(live_secret("Redis's password", options.redis_password_file, password, 1), true);
  server.sessions.redis.ca_file = options.redis_ca_file;
  lab::parse_redis_url(server.sessions.redis.url);
  server.sessions.push = {text_of(server.secret, false), options.ca_file, options.push_origins};
  server.sessions.times.idle = parse_milliseconds(options.idle, "--idle");
  server.sessions.times.command.limit = parse_milliseconds(options.command_limit, "--command-limit");
  server.sessions.times.command.answer_within = parse_milliseconds(options.answer_within, "--answer-within");
  server.sessions.most = options.sessions;
  server.sessions.most_of_owner = options.sessions_of_user;
  for (const auto& [name, folder] : options.jail.images) server.sessions.images.push_back(name);
  return server;
}

void tell_isolation(const lab::Keeper& keeper, bool required) {
  if (keeper.missing_limits().empty()) return log_info("sessions are isolated, and limited as a whole");
  const std::string names = join(keeper.missing_limits(), ", ");
  if (required)
    throw Error(ErrorKind::kFailure, "control groups cannot limit this of a session as a whole: " + names,
                "run it as root, or by systemd with Delegate=yes");
  log_warn("sessions are isolated, but control groups cannot limit them as a whole", {{"missing", names}});
}

/// What is left for connections when all sessions have what they may need, pushes included. A server without a
/// descriptor can neither answer nor read what sessions write.
std::size_t room_for_connections(int sessions) {
  constexpr std::size_t kOwn = 64;
  constexpr std::size_t kOfSession = 24;
  constexpr std::size_t kFewest = 16;
  constexpr std::size_t kMost = 10'000;
  const std::size_t limit = raise_descriptor_limit();
  const std::size_t taken = kOwn + kOfSession * static_cast<std::size_t>(sessions);
  if (limit >= taken + kFewest) return std::min(limit - taken, kMost);
  throw Error(ErrorKind::kFailure,
              fmt::format("{} sessions need {} descriptors, and this system allows {} (RLIMIT_NOFILE)", sessions,
                          taken + kFewest, limit),
              "fewer --sessions; or ulimit -Hn, or LimitNOFILE= of the service, has to be raised");
}

int run_lab_serve(LabServeOptions options, Context& context) {
  read_images(options, options.jail);
  lab::Keeper keeper(options.jail, [&context] { context.env.forget(); });
  lab::LabServerOptions settings = server_options(options, context);
  settings.listen.max_connections = room_for_connections(options.sessions);
  for (std::size_t image = 0; image < options.jail.images.size(); ++image) keeper.try_out(image);
  tell_isolation(keeper, options.require_isolation);
  const std::string host = settings.listen.address;
  net::EventLoop loop;
  std::unique_ptr<lab::LabServer> server;
  bool is_lost = false;
  bool stopping = false;
  const auto signals = loop.on_signal({SIGINT, SIGTERM}, [&](int) {
    if (!std::exchange(stopping, true)) server->stop([&loop] { loop.stop(); });
  });
  server = std::make_unique<lab::LabServer>(loop, keeper, std::move(settings), [&] {
    is_lost = true;
    loop.stop();
  });
  // The one line that a script, or `local up`, waits for.
  context.console.out(fmt::format("http://{}\n", ListenAddress{host, server->port()}.authority()));
  loop.run();
  server.reset();
  if (is_lost) throw Error(ErrorKind::kFailure, "the keeper of sessions is gone: all sessions have ended");
  return 0;
}

}  // namespace
}  // namespace wsdeep::commands
