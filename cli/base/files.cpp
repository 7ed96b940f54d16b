#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/display.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"

namespace wsdeep {
namespace {

Error fault(std::string_view verb, const std::filesystem::path& path, int code) {
  const char* hint = code == EACCES || code == EROFS ? "check the owner and the permissions of the folder" : "";
  return {ErrorKind::kFailure, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(code)), hint};
}

void write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t done = ::write(fd, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw fault("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(done));
  }
}

}  // namespace

std::optional<std::string> DiskFiles::read(const std::filesystem::path& path, std::size_t limit) const {
  const OwnedDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw fault("read", path, errno);
  }
  std::string content;
  char block[16384];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw fault("read", path, errno);
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > limit)
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot read {}: it is larger than {}", path.string(), human_bytes(limit)));
  }
}

void DiskFiles::write(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  if (path.has_parent_path()) make_private_directories(path.parent_path());
  const std::filesystem::path temporary = path.string() + "." + hex(random_bytes(6)) + ".tmp";
  try {
    const OwnedDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file.get() < 0) throw fault("write", path, errno);
    write_all(file.get(), content, path);
    if (::fsync(file.get()) != 0) throw fault("write", path, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw fault("write", path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

bool DiskFiles::remove(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw fault("remove", path, errno);
}

void make_private_directories(const std::filesystem::path& path) {
  std::filesystem::path so_far;
  for (const auto& part : path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) != 0 && errno != EEXIST && !std::filesystem::is_directory(so_far))
      throw fault("make", so_far, errno);
  }
  if (!path.empty() && !std::filesystem::is_directory(path)) throw fault("make", path, ENOTDIR);
}

}  // namespace wsdeep
