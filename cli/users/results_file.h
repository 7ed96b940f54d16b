#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace wsdeep::users {

/// The creation of a user that was begun, and of which nobody knows how it ended.
struct Attempt {
  std::string password;
  std::vector<std::int64_t> times;  ///< when a request was sent, epoch seconds; several where it was repeated
};

/// The results of a bulk run, and its journal: a file of JSON lines (mode 0600, as it holds passwords). The first line
/// says what run it is. Before a user's creation is asked for, a line says so; another one says how it ended.
///
///   {"wsdeep":"users","version":1,"pool":"eu-west-1_AbC","source":"prefix load-","started":1732132800}
///   {"username":"load-00001","password":"…","at":1732132801,"outcome":"attempted"}
///   {"username":"load-00001","password":"…","sub":"…","outcome":"created"}
///   {"username":"load-00008","cause":"…","outcome":"failed"}          (nothing of the user is left in the pool)
///   {"username":"load-00009","cause":"…","outcome":"incomplete"}      (the user may be in the pool: attempts stand)
///   {"username":"load-00001","outcome":"deleted"}                     (by `users delete` or `users purge`)
///
/// So whatever ends a run, a power cut aside, the password of every user that it may have created is known, and a later
/// run can finish its work. The torn line that a crash may leave is cut off. What is remembered in memory is the
/// hash of the name of each user whom an earlier run has created.
class ResultsFile {
 public:
  /// Opens or makes it. Throws Error{kFailure} when others may read it, when it is not such a file, when it belongs to
  /// another run (`pool`, `source`; an empty `source` is any), and when another process writes to it.
  ResultsFile(const std::filesystem::path& path, const std::string& pool, const std::string& source,
              std::int64_t now_seconds);
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;
  ~ResultsFile();

  /// What earlier runs did: these do not change while this one goes on.
  bool is_done(const std::string& username) const;
  std::uint64_t count_done() const { return done_.size(); }
  std::optional<Attempt> open_attempt(const std::string& username) const;

  const std::filesystem::path& path() const { return path_; }

  /// Thread-safe; throws Error{kFailure} when the disk is full. `sub` may be empty.
  void add_attempt(const std::string& username, const std::string& password, std::int64_t at);
  void add_created(const std::string& username, const std::string& password, const std::string& sub);
  void add_failed(const std::string& username, const std::string& cause);
  void add_incomplete(const std::string& username, const std::string& cause);
  void add_deleted(const std::string& username);

 private:
  void begin(const std::string& pool, const std::string& source, std::int64_t now_seconds);
  void read_back(const std::string& pool, const std::string& source);
  void read_header(const std::string& line, const std::string& pool, const std::string& source);
  void read_result(const std::string& line, std::uint64_t number);
  void append(const std::string& line);

  std::filesystem::path path_;
  int fd_ = -1;
  std::unordered_set<std::size_t> done_;  ///< hashes of names
  std::map<std::string, Attempt> open_;
  std::mutex mutex_;
  std::int64_t size_ = 0;  ///< of the whole lines
};

/// A user of a results file who was created.
struct CreatedUser {
  std::string username;
  std::string password;
  std::string sub;  ///< empty: not recorded
};
/// Hands over the users of a results file who were created and not deleted, one by one, until `take` returns false.
/// Throws Error{kFailure} that names file and line, also when `pool` is given and the file is of another one.
void read_created_users(const std::filesystem::path& path, const std::function<bool(CreatedUser)>& take,
                        const std::string& pool = {});

/// The users of a results file who were deleted since.
std::vector<std::string> read_deleted_users(const std::filesystem::path& path);

}  // namespace wsdeep::users
