#include "local/log_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "base/files.h"

namespace wsdeep::local {

LogFiles::LogFiles(std::filesystem::path folder) : folder_(std::move(folder)) {
  make_private_directories(folder_);
}

LogFiles::~LogFiles() {
  for (const auto& [name, fd] : files_)
    if (fd >= 0) ::close(fd);
}

void LogFiles::append(const std::string& name, std::string_view lines) {
  const auto [entry, fresh] = files_.try_emplace(name, -1);
  if (fresh) {
    const auto path = folder_ / (name + ".log");
    std::error_code nothing_to_keep;
    std::filesystem::rename(path, path.string() + ".old", nothing_to_keep);
    entry->second = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  // A full disk must not stop the system that the log is about.
  if (entry->second < 0) return;
  [[maybe_unused]] const ssize_t done = ::write(entry->second, lines.data(), lines.size());
}

}  // namespace wsdeep::local
