#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/files.h"
#include "local/node_process.h"
#include "local/redis_process.h"
#include "net/event_loop.h"

namespace wsdeep::local {

/// The lab of the local system: Redis, and behind it `wsdeep-lab`, each a child process that is started again when it
/// ends. A backend of the service (`local up --backend`), with a signing secret made for this run.
class Lab {
 public:
  struct Options {
    std::filesystem::path program;  ///< `wsdeep-lab`
    std::filesystem::path folder;   ///< of its files, made here
    std::map<std::string, std::string, std::less<>> environment;
    std::string issuer;    ///< of the tokens that it takes
    std::string jwks_url;  ///< of its keys; empty: below the issuer
    std::string client_id;
    std::string push_origin;             ///< where the service takes what is pushed to clients
    std::vector<std::string> arguments;  ///< for `wsdeep-lab`, as they were given
    std::function<void(const std::string& name, std::string_view text)> log;
    std::function<void(const std::string& url)> ready;  ///< each time that it listens
    std::function<void(std::string cause)> failed;      ///< one of both ended before it was ever ready
  };
  /// Throws Error{kNotFound} when redis-server or wsdeep-lab is not installed, and says how it can be.
  Lab(net::EventLoop& loop, Files& files, const Env& env, Options options);

  /// What signs between the service and the lab (mode 0600).
  static std::filesystem::path secret_file(const std::filesystem::path& folder) { return folder / "signing-secret"; }

 private:
  void start_server();

  net::EventLoop& loop_;
  Options options_;
  std::unique_ptr<NodeProcess> server_;
  std::unique_ptr<RedisProcess> redis_;  // ends before the server does, which says good-bye to nobody then
};

}  // namespace wsdeep::local
