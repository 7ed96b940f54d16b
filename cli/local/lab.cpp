#include "local/lab.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "net/run_program.h"

namespace wsdeep::local {
namespace {

std::filesystem::path redis_program(const Env& env) {
  for (const char* name : {"redis-server", "valkey-server"})
    if (const auto found = net::find_program(env, name)) return *found;
  throw Error(ErrorKind::kNotFound,
              "cannot start the lab: redis-server is not installed, and its sessions are kept there",
              "install it: apt install redis-server (Debian, Ubuntu), dnf install valkey (Fedora), brew install redis");
}

}  // namespace

Lab::Lab(net::EventLoop& loop, Files& files, const Env& env, Options options)
    : loop_(loop), options_(std::move(options)) {
  std::error_code unreadable;
  if (!std::filesystem::exists(options_.program, unreadable))
    throw Error(ErrorKind::kNotFound, fmt::format("cannot start the lab: there is no {}", options_.program.string()),
                "it is installed beside wsdeep");
  RedisProcess::Options redis;
  redis.program = redis_program(env);
  make_private_directories(options_.folder);
  files.write(secret_file(options_.folder), hex(random_bytes(32)) + "\n", 0600);
  redis.folder = options_.folder;
  redis.environment = options_.environment;
  redis.log = [this](std::string_view text) { options_.log("redis", text); };
  redis.ready = [this] { start_server(); };
  redis.failed = options_.failed;
  redis_ = std::make_unique<RedisProcess>(loop_, files, std::move(redis));
}

void Lab::start_server() {
  NodeProcess::Options server;
  server.program = options_.program;
  server.command = {};
  server.what = "the lab's server";
  server.arguments = {"--redis",
                      redis_->url(),
                      "--redis-password-file",
                      redis_->password_file().string(),
                      "--secret-file",
                      secret_file(options_.folder).string(),
                      "--issuer",
                      options_.issuer,
                      "--client-id",
                      options_.client_id,
                      "--push-origin",
                      options_.push_origin};
  if (!options_.jwks_url.empty()) server.arguments.insert(server.arguments.end(), {"--jwks-url", options_.jwks_url});
  server.arguments.insert(server.arguments.end(), options_.arguments.begin(), options_.arguments.end());
  server.environment = options_.environment;
  server.log = [this](std::string_view text) { options_.log("lab", text); };
  server.ready = options_.ready;
  server.failed = options_.failed;
  try {
    server_ = std::make_unique<NodeProcess>(loop_, std::move(server));
  } catch (const Error& error) {
    options_.failed(error.what());
  }
}

}  // namespace wsdeep::local
