#include "local/system.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "local/front.h"
#include "local/functions.h"
#include "local/identity.h"
#include "local/lab.h"
#include "local/log_files.h"
#include "local/model_failures.h"
#include "local/node_process.h"
#include "local/store/sqlite.h"
#include "local/tables.h"
#include "local/web_files.h"
#include "net/server.h"
#include "net/tls.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::minutes kSweepPeriod{1};

std::filesystem::path lab_folder(const SystemOptions& options) {
  return options.state / "lab";
}

/// A lab is a backend; where it listens is known when it does.
SystemOptions with_lab(SystemOptions options) {
  if (!options.lab) return options;
  options.backend.url = "http://127.0.0.1:0";
  options.backend.secret_file = Lab::secret_file(lab_folder(options)).string();
  return options;
}

/// Our CA and the server's certificate, made when missing or due.
net::TlsFiles tls_files(Files& files, const std::filesystem::path& state, const std::string& address) {
  const auto ca_path = state / "ca.pem", ca_key = state / "ca.key", cert = state / "server.pem",
             key = state / "server.key";
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (address != "127.0.0.1" && address != "::1" && address != "0.0.0.0" && address != "::") names.push_back(address);
  net::CertificateAndKey ca{files.read(ca_path).value_or(""), files.read(ca_key).value_or("")};
  if (ca.certificate_pem.empty() || ca.key_pem.empty()) {
    ca = net::make_certificate_authority("wsdeep local CA");
    files.write(ca_key, ca.key_pem, 0600);
    files.write(ca_path, ca.certificate_pem, 0644);
  }
  const std::string existing = files.read(cert).value_or("");
  if (existing.empty() || !files.read(key) || !net::certificate_is_usable(existing, ca.certificate_pem, names)) {
    const net::CertificateAndKey server = net::make_server_certificate(ca, names);
    files.write(key, server.key_pem, 0600);
    files.write(cert, server.certificate_pem, 0644);
  }
  return {cert.string(), key.string()};
}

std::string host_for_clients(const std::string& address) {
  if (address == "0.0.0.0" || address == "::") return "127.0.0.1";
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace

struct System::Impl {
  Impl(net::EventLoop& event_loop, SystemOptions system_options, const Env& process_env, Files& disk,
       const Clock& system_clock, std::function<void(const ServerInfo&)> on_ready,
       std::function<void(std::string)> on_failed)
      : loop(event_loop),
        options(with_lab(std::move(system_options))),
        env(process_env),
        files(disk),
        clock(system_clock),
        ready(std::move(on_ready)),
        failed(std::move(on_failed)),
        lock(options.state),
        identity(load_identity(files, options.state)),
        logs(options.state / "logs"),
        model_failures(clock),
        tables((options.state / "dynamodb.db").string()),
        users((options.state / "cognito.db").string()),
        dynamodb(tables, clock),
        cognito(loop, users, clock, cognito_options()),
        lambda(loop, clock, options.region,
               [this](const std::string& function, std::string_view lines) {
                 logs.append(function, lines);
                 model_failures.read(function, lines);
               }),
        gateway(loop, clock, lambda, gateway_options()),
        http(loop, clock, lambda, http_options()),
        web(std::string("/") + kStage, options.rooms),
        front({gateway, lambda, dynamodb, cognito, http, web}, key(), clock,
              [this](bool by_owner) { return status(by_owner); }) {
    create_tables(dynamodb, options);
    listen();
    sweep = loop.every(kSweepPeriod, [this] { sweep_expired(); });
    if (options.lab)
      start_lab();
    else
      find_llm();
  }

  ~Impl() {
    // Those who look for a running system must not find the remains of this one.
    files.remove(options.state / "server.json");
  }

  aws::Credentials key() const { return {identity.access_key_id, identity.secret_access_key, {}, std::nullopt}; }

  CognitoOptions cognito_options() {
    CognitoOptions cognito_setup;
    cognito_setup.region = options.region;
    cognito_setup.issuer_base = fmt::format("https://cognito-idp.{}.amazonaws.com", options.region);
    cognito_setup.callback_urls = options.callback_urls;
    cognito_setup.requests_per_second = options.cognito_rate;
    cognito_setup.rotation_grace = options.rotation_grace;
    cognito_setup.send_message = [this](std::string_view line) { logs.append("messages", line); };
    return cognito_setup;
  }

  GatewayOptions gateway_options() const {
    GatewayOptions setup;
    setup.stage = kStage;
    setup.api_id = identity.api_id;
    setup.region = options.region;
    setup.authorizer = "wsdeep-authorizer";
    setup.routes = websocket_routes(options);
    setup.idle_timeout = options.idle_timeout;
    setup.max_lifetime = options.max_lifetime;
    const std::vector<std::string> two_way = route_responses(options);
    setup.route_responses = {two_way.begin(), two_way.end()};
    return setup;
  }

  HttpApiOptions http_options() const {
    HttpApiOptions setup;
    setup.api_id = identity.api_id;
    setup.region = options.region;
    setup.routes = http_routes(options);
    setup.allowed_origins = options.allowed_origins;
    return setup;
  }

  /// A bounded number of items at a time, so that a large sweep does not hold up the clients.
  void sweep_expired() {
    if (dynamodb.sweep_expired(clock.now()) > 0)
      sweep_on = loop.after(std::chrono::milliseconds(10), [this] { sweep_expired(); });
  }

  /// Clients come to `public_server`; the handlers always to a plain one on the loopback interface, which is there for
  /// them to the end.
  void listen() {
    const auto handler = [this](const std::shared_ptr<net::HttpExchange>& exchange) { front.handle(exchange); };
    net::ServerOptions setup;
    setup.address = options.address;
    setup.port = options.port;
    if (options.tls) setup.tls = tls_files(files, options.state, options.address);
    public_server = std::make_unique<net::Server>(loop, setup, handler);
    inner_server = std::make_unique<net::Server>(loop, net::ServerOptions(), handler);
    endpoint_for_handlers = fmt::format("http://127.0.0.1:{}", inner_server->port());
    // The pool leads back to its own app wherever that is: to /auth/callback after a sign-in, to the page after a
    // sign-out.
    for (const std::string& url : own_urls())
      for (const char* path : {"/auth/callback", "/"}) cognito.add_callback_url(url + path);
    for (const std::string& origin : options.allowed_origins) cognito.add_callback_url(origin + "/");
  }

  void start_lab() {
    const bool own_pool = options.cognito_issuer.empty();
    Lab::Options setup;
    setup.program = std::filesystem::path(options.program).parent_path() / "wsdeep-lab";
    setup.folder = lab_folder(options);
    setup.environment = inherited_environment(env);
    setup.issuer = own_pool ? cognito.issuer() : options.cognito_issuer;
    if (own_pool)
      setup.jwks_url = fmt::format("{}/{}/.well-known/jwks.json", endpoint_for_handlers, cognito.user_pool_id());
    setup.client_id = own_pool ? cognito.client_id() : options.cognito_client_id;
    setup.push_origin = endpoint_for_handlers;
    setup.arguments = options.lab_arguments;
    setup.log = [this](const std::string& name, std::string_view lines) { logs.append(name, lines); };
    setup.ready = [this](const std::string& url) {
      options.backend.url = info.lab_url = url;
      find_llm();
    };
    setup.failed = [this](const std::string& cause) { failed(cause); };
    lab = std::make_unique<Lab>(loop, files, env, std::move(setup));
  }

  void find_llm() {
    if (node != nullptr) return;  // the lab was started again, on the same port
    if (options.bedrock)
      on_llm(options.bedrock->name());
    else if (options.llm_url.empty())
      start_node();
    else
      on_llm(options.llm_url);
  }

  void start_node() {
    NodeProcess::Options setup;
    setup.program = options.program;
    setup.arguments = options.node_arguments;
    setup.environment = inherited_environment(env);
    if (const auto key = env.get("WSDEEP_ENGINE_API_KEY")) setup.environment["WSDEEP_ENGINE_API_KEY"] = *key;
    setup.log = [this](std::string_view lines) { logs.append("llm-node", lines); };
    setup.ready = [this](const std::string& url) { on_llm(url); };
    setup.failed = [this](const std::string& cause) { failed(cause); };
    node = std::make_unique<NodeProcess>(loop, std::move(setup));
  }

  void on_llm(const std::string& url) {
    if (!info.llm_url.empty()) return;  // the node was started again, on the same port
    info.llm_url = url;
    try {
      add_functions(lambda, options, handler_environment(options, function_world(), inherited_environment(env)));
      publish();
    } catch (const Error& error) {
      failed(error.what());
    }
  }

  FunctionWorld function_world() const {
    FunctionWorld world;
    world.endpoint = endpoint_for_handlers;
    world.access_key_id = identity.access_key_id;
    world.secret_access_key = identity.secret_access_key;
    world.issuer = cognito.issuer();
    world.client_id = cognito.client_id();
    world.own_urls = own_urls();
    world.llm_url = info.llm_url;
    return world;
  }

  /// Where browsers find us, by each name that they may call us by; the one that we call ourselves is the first.
  std::vector<std::string> own_urls() const {
    std::vector<std::string> urls;
    for (const std::string& host :
         {host_for_clients(options.address), std::string("127.0.0.1"), std::string("localhost")}) {
      std::string url = fmt::format("{}://{}:{}", options.tls ? "https" : "http", host, public_server->port());
      if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
    }
    return urls;
  }

  void publish() {
    const std::string host = host_for_clients(options.address);
    info.pid = ::getpid();
    info.url = fmt::format("{}://{}:{}/{}", options.tls ? "wss" : "ws", host, public_server->port(), kStage);
    info.endpoint = own_urls().front();
    info.region = options.region;
    info.user_pool_id = cognito.user_pool_id();
    info.client_id = cognito.client_id();
    info.service_client_id = cognito.service_client_id();
    info.service_client_secret = cognito.service_client_secret();
    info.ca_file = options.tls ? (options.state / "ca.pem").string() : "";
    info.access_key_id = identity.access_key_id;
    info.secret_access_key = identity.secret_access_key;
    info.started_at_ms = epoch_ms(clock.now());
    info.options = options.as_given;
    write_server_info(files, options.state, info);
    ready(info);
  }

  std::string status(bool by_owner) const {
    nlohmann::json functions = nlohmann::json::array();
    for (const FunctionStatus& function : lambda.status())
      functions.push_back({{"name", function.name},
                           {"processes", function.processes},
                           {"running", function.running},
                           {"queued", function.queued},
                           {"invocations", function.invocations},
                           {"errors", function.errors},
                           {"refused", function.refusals},
                           {"throttled", function.throttled}});
    nlohmann::json json = {{"pid", ::getpid()},
                           {"startedAtMs", info.started_at_ms},
                           {"connections", gateway.open_connections()},
                           {"nodePid", node != nullptr ? node->pid() : 0},
                           {"modelAnsweredAtMs", model_failures.answered_at_ms()},
                           {"functions", functions}};
    if (by_owner) json["modelFailures"] = model_failures.failures();
    return wire::compact_json(json);
  }

  net::EventLoop& loop;
  SystemOptions options;
  const Env& env;
  Files& files;
  const Clock& clock;
  std::function<void(const ServerInfo&)> ready;
  std::function<void(std::string)> failed;
  StateLock lock;
  Identity identity;
  LogFiles logs;
  ModelFailures model_failures;
  Database tables;
  Database users;
  DynamoDbService dynamodb;
  CognitoService cognito;
  LambdaService lambda;
  Gateway gateway;
  HttpApi http;
  WebFiles web;
  Front front;
  ServerInfo info;
  std::string endpoint_for_handlers;
  std::unique_ptr<net::Server> public_server;
  std::unique_ptr<net::Server> inner_server;
  std::unique_ptr<Lab> lab;
  std::unique_ptr<NodeProcess> node;
  net::EventLoop::Subscription sweep;
  net::EventLoop::Subscription sweep_on;
};

System::System(net::EventLoop& loop, SystemOptions options, const Env& env, Files& files, const Clock& clock,
               std::function<void(const ServerInfo&)> ready, std::function<void(std::string)> failed)
    : impl_(std::make_unique<Impl>(loop, std::move(options), env, files, clock, std::move(ready), std::move(failed))) {}

System::~System() = default;

void System::close_clients(std::function<void()> gone) {
  impl_->public_server->stop_accepting();
  impl_->gateway.stop(std::move(gone));
}

}  // namespace wsdeep::local
