#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// `--records`: one line of JSON for each turn, written while the run goes on by a thread of its own, so that no turn
/// waits for the disk. At most `most_waiting` bytes wait in memory: turns that come when the disk is so far behind are
/// counted instead of kept, and so are those that come after a write that failed.
class RecordsFile {
 public:
  static constexpr std::size_t kMostWaiting = 64 << 20;

  /// Opens a file beside `path`, `<path>.partial`. Throws Error when it cannot.
  explicit RecordsFile(const std::string& path, std::size_t most_waiting = kMostWaiting);
  /// Leaves `<path>.partial` where `finish` was not called, or has failed, and there is a turn in it.
  ~RecordsFile();
  RecordsFile(const RecordsFile&) = delete;
  RecordsFile& operator=(const RecordsFile&) = delete;

  /// From any thread, but not after `finish`.
  void add(const TurnRecord& record);
  /// Writes what waits and gives the file its name. Throws Error when a turn is missing in it: it says how many are,
  /// and that `<path>.partial` has the others, each of its lines whole.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One turn as a line of the file, without its line break; `turn.schema.json` says what its fields mean.
std::string turn_json(const TurnRecord& record);

}  // namespace wsdeep::load
