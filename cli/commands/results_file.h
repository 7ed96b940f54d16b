#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::commands {

/// The results of a bulk run, and its journal: a file of JSON lines (mode 0600, as it holds passwords). The first line
/// says what run it is; each other one says how it went with one user, and carries the user's `index` in the input.
///
///   {"wsdeep":"users","version":1,"pool":"eu-west-1_AbC","source":"prefix load-","started":1732132800}
///   {"index":0,"username":"load-00001","password":"…","outcome":"created"}
///   {"index":7,"username":"load-00008","outcome":"failed","cause":"…"}
///
/// A line is written whole before the next user's work is taken up, so a run that was killed goes on where it stopped;
/// the torn line that a crash may leave is cut off. What is remembered in memory is one bit a user.
class ResultsFile {
 public:
  /// Opens or makes it. Throws Error{kFailure} when others may read it, when it is not such a file, when it belongs to
  /// another run (`pool`, `source`), and when another process writes to it.
  ResultsFile(const std::filesystem::path& path, const std::string& pool, const std::string& source,
              std::int64_t now_seconds);
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;
  ~ResultsFile();

  /// True when an earlier run has begun it.
  bool resumed() const { return resumed_; }
  /// When the first run began, epoch seconds.
  std::int64_t started() const { return started_; }
  bool is_done(std::uint64_t index) const;
  std::uint64_t count_done() const { return count_done_; }
  const std::filesystem::path& path() const { return path_; }

  /// Thread-safe; throws Error{kFailure} when the disk is full.
  void add_created(std::uint64_t index, const std::string& username, const std::string& password);
  void add_failed(std::uint64_t index, const std::string& username, const std::string& cause);

 private:
  void begin(const std::string& pool, const std::string& source, std::int64_t now_seconds);
  void read_back(const std::string& pool, const std::string& source);
  void read_header(const std::string& line, const std::string& pool, const std::string& source);
  void read_result(const std::string& line, std::uint64_t number);
  void append(const std::string& line);
  void mark_done(std::uint64_t index);

  std::filesystem::path path_;
  int fd_ = -1;
  bool resumed_ = false;
  std::int64_t started_ = 0;
  std::uint64_t count_done_ = 0;
  std::vector<bool> done_;
  std::mutex mutex_;
};

/// A user of a results file who was created.
struct CreatedUser {
  std::string username;
  std::string password;
};
/// Hands over the created users of a results file, one by one, until `take` returns false. Throws Error{kFailure} that
/// names file and line.
void read_created_users(const std::filesystem::path& path, const std::function<bool(CreatedUser)>& take);

}  // namespace wsdeep::commands
