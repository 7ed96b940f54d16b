#include "local/store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::local {
namespace {

Error unusable(const std::filesystem::path& path, std::string_view cause, std::string hint) {
  return {ErrorKind::kFailure, fmt::format("cannot use {}: {}", path.string(), cause), std::move(hint)};
}

std::string_view hint_for(int code) {
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "nothing was deleted: move the file away to start with an empty one, or restore it from a copy";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has it open: stop that one first";
    case SQLITE_FULL:
      return "the disk is full: make room and try again";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return "check the owner and the permissions of the file and its folder";
    default:
      return "";
  }
}

/// SQLite would create the file with the process's umask, and its -wal and -shm files take the mode over from it.
void create_private_file(const std::filesystem::path& path) {
  if (path.has_parent_path()) make_private_directories(path.parent_path());
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw unusable(path, std::strerror(errno), std::string(hint_for(SQLITE_CANTOPEN)));
  const bool is_private = ::fchmod(fd, 0600) == 0;
  const int cause = errno;
  ::close(fd);
  if (!is_private) throw unusable(path, std::strerror(cause), std::string(hint_for(SQLITE_CANTOPEN)));
}

}  // namespace

Database::Database(const std::filesystem::path& path) : path_(path) {
  create_private_file(path);
  const int code = sqlite3_open_v2(path.c_str(), &handle_,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_busy_timeout(handle_, 2000);
    execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;");
    check_health();
    begin_ = std::make_unique<Statement>(*this, "BEGIN IMMEDIATE");
    commit_ = std::make_unique<Statement>(*this, "COMMIT");
  } catch (...) {
    begin_.reset();
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::~Database() {
  begin_.reset();
  commit_.reset();
  sqlite3_close_v2(handle_);
}

void Database::check_health() {
  Statement check(*this, "PRAGMA quick_check(1)");
  if (!check.step() || check.bytes(0) != "ok")
    throw unusable(path_, "the database is damaged", std::string(hint_for(SQLITE_CORRUPT)));
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

bool Database::has_column(std::string_view table, std::string_view column) {
  Statement row(*this, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
  return row.bind(1, table).bind(2, column).step();
}

void Database::fail(int code) const {
  throw unusable(path_, handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_),
                 std::string(hint_for(code)));
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  check(sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &handle_, nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(handle_, other.handle_);
  return *this;
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_->fail(code);
}

Statement& Statement::bind(int position, std::int64_t value) {
  check(sqlite3_bind_int64(handle_, position, value));
  return *this;
}

// The bound bytes are borrowed (SQLITE_STATIC): callers keep them until the statement has run. An empty view may have a
// null pointer, which SQLite would bind as NULL.
Statement& Statement::bind(int position, std::string_view text) {
  check(
      sqlite3_bind_text64(handle_, position, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int position, std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_, position, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int position) {
  check(sqlite3_bind_null(handle_, position));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  // The message belongs to the failed step: it has to be read before the reset.
  try {
    database_->fail(code);
  } catch (...) {
    sqlite3_reset(handle_);
    throw;
  }
}

void Statement::reset() {
  sqlite3_reset(handle_);
}

void Statement::run() {
  const Running running(*this);
  step();
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.begin_->run();
}

Transaction::~Transaction() {
  // A failed ROLLBACK means that SQLite has rolled back by itself already.
  if (open_) sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.commit_->run();
  open_ = false;
}

}  // namespace wsdeep::local
