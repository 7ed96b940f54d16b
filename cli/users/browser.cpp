#include "users/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <vector>

#include "base/text.h"
#include "net/run_program.h"

namespace wsdeep::users {
namespace {

constexpr std::array<const char*, 3> kOpeners = {"xdg-open", "wslview", "open"};

/// Away from our terminal and our process group, so that Ctrl-C here leaves it alone.
bool start(const std::filesystem::path& program, const std::string& url, const Env& env) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&actions) != 0) return false;
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&actions);
    return false;
  }
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  // It outlives us: a port that we listen at must not stay in use with it.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::string name = program.string(), argument = url;
  std::array<char*, 3> arguments = {name.data(), argument.data(), nullptr};
  std::vector<std::string> lines;
  for (const auto& [variable, value] : env.all()) lines.push_back(variable + "=" + value);
  std::vector<char*> variables;
  for (std::string& line : lines) variables.push_back(line.data());
  variables.push_back(nullptr);
  pid_t pid = 0;
  const int fault = ::posix_spawn(&pid, name.c_str(), &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return fault == 0;
}

}  // namespace

bool open_browser(const Env& env, const std::string& url) {
  std::vector<std::string> names;
  const std::string chosen = env.get_or("BROWSER", "");
  for (const std::string_view name : split(chosen, ':'))
    if (!name.empty()) names.emplace_back(name);
  names.insert(names.end(), kOpeners.begin(), kOpeners.end());
  for (const std::string& name : names) {
    const auto program =
        name.find('/') == std::string::npos ? net::find_program(env, name) : std::filesystem::path(name);
    if (program && start(*program, url, env.without_secrets())) return true;
  }
  return false;
}

}  // namespace wsdeep::users
