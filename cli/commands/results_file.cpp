#include "commands/results_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::commands {
namespace {

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxUsers = 40'000'000;  // Cognito's own limit for a pool
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
    if (!resumed_) begin(pool, source, now_seconds);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

ResultsFile::~ResultsFile() {
  ::close(fd_);
}

bool ResultsFile::is_done(std::uint64_t index) const {
  return index < done_.size() && done_[index];
}

void ResultsFile::add_created(std::uint64_t index, const std::string& username, const std::string& password) {
  append(wire::JsonObject()
             .add("index", index)
             .add("username", username)
             .add("password", password)
             .add("outcome", "created")
             .text());
}

void ResultsFile::add_failed(std::uint64_t index, const std::string& username, const std::string& cause) {
  append(wire::JsonObject()
             .add("index", index)
             .add("username", username)
             .add("outcome", "failed")
             .add("cause", cause)
             .text());
}

void ResultsFile::begin(const std::string& pool, const std::string& source, std::int64_t now_seconds) {
  started_ = now_seconds;
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
  off_t whole = 0;
  while (read_line(in, line, path_)) {
    ++number;
    whole += static_cast<off_t>(line.size()) + 1;
    if (number == 1)
      read_header(line, pool, source);
    else
      read_result(line, number);
  }
  resumed_ = number > 0;
  // Of a file of ours the first line is there, as it is the first thing that is written.
  if (!resumed_ && !line.empty()) throw fault(path_, "it is not a results file", "pass another file with --out");
  if (::ftruncate(fd_, whole) != 0) throw fault(path_, std::strerror(errno));
}

void ResultsFile::read_header(const std::string& line, const std::string& pool, const std::string& source) {
  const std::string hint = "pass another file with --out";
  try {
    const wire::Json document = wire::parse_json(line, "line 1");
    const wire::JsonFields fields(document);
    if (fields.text("wsdeep") != "users" || fields.integer("version") != kVersion)
      fields.fail("version", "not one that this program knows");
    started_ = fields.integer("started");
    if (fields.text("pool") == pool && fields.text("source") == source) return;
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
    const std::int64_t index = fields.integer("index");
    if (index < 0 || static_cast<std::uint64_t>(index) >= kMaxUsers) fields.fail("index", "out of range");
    if (fields.text("outcome") == "created") mark_done(static_cast<std::uint64_t>(index));
  } catch (const Error& error) {
    throw fault(path_, fmt::format("line {}: {}", number, error.what()), "pass another file with --out");
  }
}

void ResultsFile::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const std::string text = line + "\n";
  // One write for a whole line: only a full disk or a crash can tear it.
  if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw fault(path_, fmt::format("cannot write: {}", std::strerror(errno)),
                "make room and run the same command again: it goes on where it stopped");
}

void ResultsFile::mark_done(std::uint64_t index) {
  if (index >= done_.size()) done_.resize(index + 1);
  if (!done_[index]) ++count_done_;
  done_[index] = true;
}

void read_created_users(const std::filesystem::path& path, const std::function<bool(CreatedUser)>& take) {
  std::ifstream in(path);
  if (!in) throw fault(path, std::strerror(errno), "make it with: wsdeep users create --count N --prefix load-");
  std::string line;
  for (std::uint64_t number = 1; read_line(in, line, path); ++number) {
    try {
      const wire::Json document = wire::parse_json(line, "result");
      const wire::JsonFields fields(document);
      if (number == 1 && fields.text("wsdeep") == "users") continue;
      if (fields.text("outcome") == "created" && !take({fields.text("username"), fields.text("password")})) return;
    } catch (const Error& error) {
      throw fault(path, fmt::format("line {}: {}", number, error.what()));
    }
  }
}

}  // namespace wsdeep::commands
