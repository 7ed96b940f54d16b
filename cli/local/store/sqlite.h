#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// A thin layer over SQLite (https://sqlite.org/c3ref/intro.html). For one thread at a time.
/// Every failure is Error{kFailure} and names the database file.
namespace wsdeep::local {

class Statement;

/// One database file, private to its owner (mode 0600), in write-ahead mode.
class Database {
 public:
  /// Opens or creates the file. Throws when it is not a database or is damaged; the file is left as it is.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one or more statements that return nothing.
  void execute(const std::string& sql);
  /// The rows that the latest statement inserted, changed or deleted.
  std::int64_t changes() const;
  /// For tables of an earlier version. Both names are our own.
  bool has_column(std::string_view table, std::string_view column);
  const std::filesystem::path& path() const { return path_; }

 private:
  friend class Statement;
  friend class Transaction;
  void check_health();
  [[noreturn]] void fail(int code) const;

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  std::unique_ptr<Statement> begin_, commit_;  ///< of Transaction, prepared once
};

/// A prepared statement, reusable: bind, step until false, reset. Positions of parameters count from 1, of columns from
/// 0, as in SQLite.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, std::string_view text);
  Statement& bind_blob(int position, std::string_view bytes);
  Statement& bind_null(int position);

  /// True while there is a row.
  bool step();
  /// Makes the statement ready to be bound and run again.
  void reset();
  /// Runs a statement that returns no rows, and resets it.
  void run();

  std::int64_t integer(int column) const;
  /// Text or BLOB; valid until the next `step` or `reset`.
  std::string_view bytes(int column) const;
  std::string text(int column) const { return std::string(bytes(column)); }
  bool is_null(int column) const;

 private:
  void check(int code) const;

  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
};

/// Resets a statement when a scope ends, so that it never holds a read lock longer.
class Running {
 public:
  explicit Running(Statement& statement) : statement_(statement) {}
  ~Running() { statement_.reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Statement& statement_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace wsdeep::local
