#include "local/server_info.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

std::filesystem::path lock_file(const std::filesystem::path& state) {
  return state / "lock";
}

/// The whole file, exclusively. Open file description locks: asking for one does not disturb the one who holds it.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

std::optional<ServerInfo> read_server_info(const Files& files, const std::filesystem::path& state) {
  const auto path = state / "server.json";
  const auto text = files.read(path, 64 * 1024);
  if (!text) return std::nullopt;
  try {
    const auto json = wire::read_json(*text);
    ServerInfo info;
    info.pid = json.at("pid").get<pid_t>();
    json.at("url").get_to(info.url);
    json.at("endpoint").get_to(info.endpoint);
    json.at("region").get_to(info.region);
    json.at("userPoolId").get_to(info.user_pool_id);
    json.at("clientId").get_to(info.client_id);
    // A system that an earlier version started does not tell these, and must be possible to stop.
    info.service_client_id = json.value("serviceClientId", "");
    info.service_client_secret = json.value("serviceClientSecret", "");
    info.options = json.value("options", info.options);
    info.lab_url = json.value("labUrl", "");
    json.at("caFile").get_to(info.ca_file);
    json.at("accessKeyId").get_to(info.access_key_id);
    json.at("secretAccessKey").get_to(info.secret_access_key);
    json.at("llmUrl").get_to(info.llm_url);
    json.at("startedAtMs").get_to(info.started_at_ms);
    return info;
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kFailure, fmt::format("cannot read {}: it is not what 'local up' writes", path.string()),
                "stop the local system, remove the file, and start it again");
  }
}

void write_server_info(Files& files, const std::filesystem::path& state, const ServerInfo& info) {
  const nlohmann::json json = {{"pid", info.pid},
                               {"url", info.url},
                               {"endpoint", info.endpoint},
                               {"region", info.region},
                               {"userPoolId", info.user_pool_id},
                               {"clientId", info.client_id},
                               {"serviceClientId", info.service_client_id},
                               {"serviceClientSecret", info.service_client_secret},
                               {"caFile", info.ca_file},
                               {"accessKeyId", info.access_key_id},
                               {"secretAccessKey", info.secret_access_key},
                               {"llmUrl", info.llm_url},
                               {"labUrl", info.lab_url},
                               {"startedAtMs", info.started_at_ms},
                               {"options", info.options}};
  files.write(state / "server.json", wire::indented_json(json) + "\n", 0600);
}

StateLock::StateLock(const std::filesystem::path& state) {
  make_private_directories(state);
  fd_ = ::open(lock_file(state).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot use the state folder {}: {}", state.string(), std::strerror(errno)),
                "check its owner and permissions, or choose another with --state");
  struct flock lock = whole_file();
  if (::fcntl(fd_, F_OFD_SETLK, &lock) != 0) {
    ::close(fd_);
    throw Error(ErrorKind::kFailure, fmt::format("a local system already runs with state folder {}", state.string()),
                "see it with: wsdeep local status");
  }
}

StateLock::~StateLock() {
  ::close(fd_);
}

bool is_running(const std::filesystem::path& state) {
  const int fd = ::open(lock_file(state).c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock lock = whole_file();
  const bool asked = ::fcntl(fd, F_OFD_GETLK, &lock) == 0;
  ::close(fd);
  return asked && lock.l_type != F_UNLCK;
}

std::optional<ServerInfo> running_system(const Files& files, const std::filesystem::path& state) {
  auto info = read_server_info(files, state);
  if (!info || !is_running(state)) return std::nullopt;
  return info;
}

}  // namespace wsdeep::local
