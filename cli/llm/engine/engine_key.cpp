#include "llm/engine/engine_key.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_message.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostKeyBytes = 16 << 10;

void warn_of_readers(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0 && (found.st_mode & 077) != 0)
    log_warn("others can read the engine's key: chmod 600 it", {{"file", file}});
}

}  // namespace

EngineKey::EngineKey(std::string fixed, std::string file) : file_(std::move(file)), key_(std::move(fixed)) {
  if (file_.empty()) return;
  version_ = version();
  key_ = read();
  warn_of_readers(file_);
}

std::string EngineKey::current() const {
  if (file_.empty()) return key_;
  const std::lock_guard lock(mutex_);
  const Version now = version();
  if (std::exchange(version_, now) == now) return key_;
  try {
    key_ = read();
    log_info("the engine's key has changed", {{"file", file_}});
    warn_of_readers(file_);
  } catch (const Error& error) {
    log_warn("the engine's key cannot be read again: the last one stays", {{"cause", error.what()}});
  }
  return key_;
}

EngineKey::Version EngineKey::version() const {
  struct stat found {};
  if (::stat(file_.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size, found.st_ino};
}

std::string EngineKey::read() const {
  const auto content = DiskFiles().read(file_, kMostKeyBytes);
  if (!content)
    throw Error(ErrorKind::kFailure, fmt::format("cannot read the engine's key file '{}': no such file", file_));
  std::string key(trim(std::string_view(*content).substr(0, content->find('\n'))));
  if (key.empty()) throw Error(ErrorKind::kFailure, fmt::format("the engine's key file '{}' is empty", file_));
  if (!net::is_valid_field("Authorization", key))
    throw Error(ErrorKind::kFailure,
                fmt::format("the engine's key file '{}' holds no key that a header can carry", file_));
  return key;
}

}  // namespace wsdeep::llm
