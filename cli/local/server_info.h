#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"

namespace wsdeep::local {

/// What a running local system tells its clients: `server.json` (mode 0600) in its state folder.
struct ServerInfo {
  pid_t pid = 0;
  std::string url;       ///< of the WebSocket stage
  std::string endpoint;  ///< of every emulated AWS service: AWS_ENDPOINT_URL
  std::string region;
  std::string user_pool_id;
  std::string client_id;
  std::string service_client_id;      ///< the app client with a secret, for programs
  std::string service_client_secret;  ///< told nowhere else but by DescribeUserPoolClient
  std::string ca_file;                ///< empty without TLS
  std::string access_key_id;
  std::string secret_access_key;
  std::string llm_url;
  std::string lab_url;  ///< of the lab's HTTP interface; empty: it has none
  std::int64_t started_at_ms = 0;
  std::vector<std::string> options;  ///< that it was started with, such as `--sim ttft=1ms`; empty: nobody knows
};

/// Nothing when there is no such file; throws Error{kFailure} that names a corrupt one.
std::optional<ServerInfo> read_server_info(const Files& files, const std::filesystem::path& state);
void write_server_info(Files& files, const std::filesystem::path& state, const ServerInfo& info);

/// Held by a running local system: one of each state folder. Taken by the process, given back when it ends, however it
/// ends.
class StateLock {
 public:
  /// Throws Error{kFailure} when another process holds it.
  explicit StateLock(const std::filesystem::path& state);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  int fd_;
};

/// Whether some process holds the lock of this state folder.
bool is_running(const std::filesystem::path& state);
/// What the system of this state folder tells; nothing when none runs.
std::optional<ServerInfo> running_system(const Files& files, const std::filesystem::path& state);

}  // namespace wsdeep::local
