#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "local/server_info.h"
#include "net/event_loop.h"

namespace wsdeep::local {

/// A backend beside the chat (wsdeep.yaml's `backend`).
struct BackendOptions {
  std::string url;                  ///< empty: there is none
  std::vector<std::string> routes;  ///< empty: $default
  std::string secret_file;          ///< empty: nothing is signed, and nothing can be pushed
  bool continue_when_down = false;
  std::chrono::milliseconds timeout{10'000};  ///< of one request
};

/// Amazon Bedrock in place of a node; a model, or an agent by both its ids.
struct BedrockOptions {
  std::string model;
  std::string agent_id;
  std::string agent_alias_id;
  std::string region;
  /// The variables by which whoever started the system calls AWS; the functions' own keys are the system's.
  std::map<std::string, std::string, std::less<>> caller;

  /// `bedrock:` and what is asked; no URL that a client could call.
  std::string name() const { return "bedrock:" + (agent_id.empty() ? model : agent_id + "/" + agent_alias_id); }
};

struct SystemOptions {
  std::filesystem::path state;  ///< folder for tables, users, keys and logs
  std::string program;          ///< `wsdeep`; the handler binaries stand beside it
  std::string address = "127.0.0.1";
  std::uint16_t port = 4510;
  bool tls = false;
  std::string region = "us-east-1";
  std::vector<std::string> allowed_origins;
  bool token_in_query = false;
  bool rooms = false;
  std::chrono::milliseconds idle_timeout{std::chrono::minutes(10)};
  std::chrono::milliseconds max_lifetime{std::chrono::hours(2)};
  std::chrono::milliseconds llm_timeout{60'000};
  std::chrono::milliseconds llm_start{0};  ///< of a node, where there may be none; 0: there always is one
  std::chrono::milliseconds coalesce{20};
  std::chrono::milliseconds retry_wait{std::chrono::minutes(1)};  ///< before Lambda runs a failed generation again
  std::vector<std::string> route_responses;  ///< routes whose function's body goes back to the client
  std::vector<std::string> callback_urls;    ///< of the user pool's app client, beside this machine's own addresses
  std::optional<std::chrono::seconds> rotation_grace;  ///< the pool rotates refresh tokens, and takes used ones so long
  int cognito_rate = 0;                     ///< requests a second in each quota category of the pool; 0: no limit
  std::vector<std::string> node_arguments;  ///< for `wsdeep llm serve`
  BackendOptions backend;
  bool lab = false;                        ///< the backend is a lab of our own
  std::vector<std::string> lab_arguments;  ///< for `wsdeep-lab`
  // Parts that something real stands in for; empty: emulated here.
  std::string llm_url;
  std::optional<BedrockOptions> bedrock;
  std::string llm_ca_file;  ///< to trust for it instead of the system's
  std::string dynamodb_endpoint;
  std::string cognito_issuer;
  std::string cognito_client_id;
  std::string rest_chats_table = "wsdeep-rest-chats";
  std::string hs256_secret_file;      ///< REST chat takes tokens that are signed with it, too; empty: none
  std::string hs256_issuer;           ///< their issuer; empty: they name none
  bool hs256_pool_users = false;      ///< they may be of users whose ids have the form of the pool's
  std::vector<std::string> as_given;  ///< all of these as they were asked for, for who asks again
};

/// The whole service on one machine: API Gateway, Lambda with the real handler binaries, DynamoDB, Cognito and an LLM
/// node, behind one port. Belongs to the loop's thread.
class System {
 public:
  /// Opens the state, listens, and starts the node; `ready` is called once when clients may come. Throws Error for
  /// what is wrong at once (port in use, state folder, corrupt file); `failed` gets what goes wrong later.
  System(net::EventLoop& loop, SystemOptions options, const Env& env, Files& files, const Clock& clock,
         std::function<void(const ServerInfo&)> ready, std::function<void(std::string)> failed);
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Takes no new clients and closes the connections of the others with 1001. `gone` is called when all have gone and
  /// nothing is left of them in the tables; with a client that does not answer, that takes seconds.
  void close_clients(std::function<void()> gone);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::local
