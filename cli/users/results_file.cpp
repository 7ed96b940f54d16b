#include "users/results_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::users {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMaxLine = 16 << 10;

Error fault(const std::filesystem::path& path, const std::string& cause, const std::string& hint = {}) {
  return {ErrorKind::kFailure, fmt::format("cannot use {}: {}", path.string(), cause), hint};
}

void require_private(int fd, const std::filesystem::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw fault(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) throw fault(path, "it is not a file");
  if ((info.st_mode & 077) != 0)
    throw fault(path, "it holds passwords, and others may read it", fmt::format("run: chmod 600 {}", path.string()));
}

void lock_now(int fd, const std::filesystem::path& path) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return;
  const bool held = errno == EAGAIN || errno == EACCES;
  throw fault(path, held ? "another run is writing to it" : std::strerror(errno),
              held ? "wait for it, or pass another --out" : "");
}

/// The next line that ends with a newline; false at the end, and for a line that was torn by a crash.
bool read_line(std::istream& in, std::string& line, const std::filesystem::path& path) {
  line.clear();
  for (int c; (c = in.get()) != std::istream::traits_type::eof();) {
    if (c == '\n') return true;
    line += static_cast<char>(c);
    if (line.size() > kMaxLine) throw fault(path, "a line is too long: this is not a results file");
  }
  return false;
}

}  // namespace

ResultsFile::ResultsFile(const std::filesystem::path& path, const std::string& pool, const std::string& source,
                         std::int64_t now_seconds)
    : path_(path) {
  if (path.has_parent_path()) make_private_directories(path.parent_path());
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw fault(path, std::strerror(errno));
  try {
    require_private(fd_, path);
    lock_now(fd_, path);
    read_back(pool, source);
    if (size_ == 0) begin(pool, source, now_seconds);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

ResultsFile::~ResultsFile() {
  ::close(fd_);
}

bool ResultsFile::is_done(const std::string& username) const {
  return done_.contains(std::hash<std::string>()(username));
}

std::optional<Attempt> ResultsFile::open_attempt(const std::string& username) const {
  const auto found = open_.find(username);
  return found == open_.end() ? std::nullopt : std::optional(found->second);
}

void ResultsFile::add_attempt(const std::string& username, const std::string& password, std::int64_t at) {
  append(wire::JsonObject()
             .add("username", username)
             .add("password", password)
             .add("at", at)
             .add("outcome", "attempted")
             .text());
}

void ResultsFile::add_created(const std::string& username, const std::string& password, const std::string& sub) {
  wire::JsonObject line;
  line.add("username", username).add("password", password);
  if (!sub.empty()) line.add("sub", sub);
  append(line.add("outcome", "created").text());
}

void ResultsFile::add_failed(const std::string& username, const std::string& cause) {
  append(wire::JsonObject().add("username", username).add("cause", cause).add("outcome", "failed").text());
}

void ResultsFile::add_incomplete(const std::string& username, const std::string& cause) {
  append(wire::JsonObject().add("username", username).add("cause", cause).add("outcome", "incomplete").text());
}

void ResultsFile::add_deleted(const std::string& username) {
  append(wire::JsonObject().add("username", username).add("outcome", "deleted").text());
}

void ResultsFile::begin(const std::string& pool, const std::string& source, std::int64_t now_seconds) {
  append(wire::JsonObject()
             .add("wsdeep", "users")
             .add("version", kVersion)
             .add("pool", pool)
             .add("source", source)
             .add("started", now_seconds)
             .text());
}

void ResultsFile::read_back(const std::string& pool, const std::string& source) {
  std::ifstream in(path_);
  std::string line;
  std::uint64_t number = 0;
  while (read_line(in, line, path_)) {
    ++number;
    size_ += static_cast<std::int64_t>(line.size()) + 1;
    if (number == 1)
      read_header(line, pool, source);
    else
      read_result(line, number);
  }
  // Of a file of ours the first line is there, as it is the first thing that is written.
  if (number == 0 && !line.empty()) throw fault(path_, "it is not a results file", "pass another file with --out");
  if (::ftruncate(fd_, size_) != 0) throw fault(path_, std::strerror(errno));
}

void ResultsFile::read_header(const std::string& line, const std::string& pool, const std::string& source) {
  const std::string hint = "pass another file with --out";
  try {
    const wire::Json document = wire::parse_json(line, "line 1");
    const wire::JsonFields fields(document);
    if (fields.text("wsdeep") != "users" || fields.integer("version") != kVersion)
      fields.fail("version", "not one that this program knows");
    if (fields.text("pool") == pool && (source.empty() || fields.text("source") == source)) return;
    throw fault(
        path_,
        fmt::format("it holds the results of another run ({} at {})", fields.text("source"), fields.text("pool")),
        hint);
  } catch (const Error& error) {
    if (!error.hint().empty()) throw;
    throw fault(path_, fmt::format("it is not a results file: {}", error.what()), hint);
  }
}

void ResultsFile::read_result(const std::string& line, std::uint64_t number) {
  try {
    const wire::Json document = wire::parse_json(line, "result");
    const wire::JsonFields fields(document);
    const std::string username = fields.text("username");
    const std::string outcome = fields.text("outcome");
    if (outcome == "attempted") {
      Attempt& attempt = open_[username];
      attempt.password = fields.text("password");
      attempt.times.push_back(fields.integer("at"));
    } else if (outcome != "incomplete") {
      open_.erase(username);
    }
    if (outcome == "created") done_.insert(std::hash<std::string>()(username));
    if (outcome == "deleted") done_.erase(std::hash<std::string>()(username));
  } catch (const Error& error) {
    throw fault(path_, fmt::format("line {}: {}", number, error.what()), "pass another file with --out");
  }
}

void ResultsFile::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const std::string text = line + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t got = ::write(fd_, text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const int cause = got < 0 ? errno : ENOSPC;
      // What a full disk tore is cut off: a shorter line that still fits must not be joined to it.
      [[maybe_unused]] const int cut = ::ftruncate(fd_, size_);
      throw fault(path_, fmt::format("cannot write: {}", std::strerror(cause)),
                  "make room and run the same command again: it goes on where it stopped");
    }
    done += static_cast<std::size_t>(got);
  }
  size_ += static_cast<std::int64_t>(text.size());
}

namespace {

/// Hands over the results, with the numbers of their lines, until `take` returns false.
void read_results(const std::filesystem::path& path, const std::string& pool,
                  const std::function<bool(const wire::JsonFields&, std::uint64_t)>& take) {
  std::ifstream in(path);
  if (!in)
    throw Error(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kFailure,
                fmt::format("cannot use {}: {}", path.string(), std::strerror(errno)),
                "make it with: wsdeep users create --count N --prefix load-");
  std::string line;
  for (std::uint64_t number = 1; read_line(in, line, path); ++number) {
    try {
      const wire::Json document = wire::parse_json(line, "result");
      const wire::JsonFields fields(document);
      if (number > 1 || fields.text("wsdeep") != "users") {
        if (!take(fields, number)) return;
      } else if (!pool.empty() && fields.text("pool") != pool) {
        fields.fail("pool", "not " + pool);
      }
    } catch (const Error& error) {
      throw fault(path, fmt::format("line {}: {}", number, error.what()));
    }
  }
}

/// For each user who was ever deleted, the line of the creation that still counts; 0: none.
std::unordered_map<std::string, std::uint64_t> lines_that_count(const std::filesystem::path& path) {
  std::unordered_map<std::string, std::uint64_t> lines;
  read_results(path, "", [&](const wire::JsonFields& fields, std::uint64_t number) {
    const std::string outcome = fields.text("outcome");
    if (outcome == "deleted") lines[fields.text("username")] = 0;
    if (outcome == "created")
      if (const auto found = lines.find(fields.text("username")); found != lines.end()) found->second = number;
    return true;
  });
  return lines;
}

}  // namespace

void read_created_users(const std::filesystem::path& path, const std::function<bool(CreatedUser)>& take,
                        const std::string& pool) {
  const auto lines = lines_that_count(path);
  read_results(path, pool, [&](const wire::JsonFields& fields, std::uint64_t number) {
    if (fields.text("outcome") != "created") return true;
    CreatedUser user{fields.text("username"), fields.text("password"), fields.text_or("sub", "")};
    const auto deleted = lines.find(user.username);
    return (deleted != lines.end() && deleted->second != number) || take(std::move(user));
  });
}

std::vector<std::string> read_deleted_users(const std::filesystem::path& path) {
  std::vector<std::string> names;
  for (const auto& [username, line] : lines_that_count(path))
    if (line == 0) names.push_back(username);
  return names;
}

}  // namespace wsdeep::users
