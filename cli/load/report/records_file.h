#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// `--records`: one line of JSON for each turn, written while the run goes on by a thread of its own, so that no turn
/// waits for the disk. At most kMaxWaiting bytes wait in memory; turns that come when the disk is so far behind are
/// counted and told by `finish`, and so are those after a write that failed.
class RecordsFile {
 public:
  static constexpr std::size_t kMaxWaiting = 64 << 20;

  /// Opens a file beside `path`, `<path>.partial`. Throws Error when it cannot.
  explicit RecordsFile(const std::string& path);
  /// Leaves `<path>.partial` when `finish` was not called.
  ~RecordsFile();
  RecordsFile(const RecordsFile&) = delete;
  RecordsFile& operator=(const RecordsFile&) = delete;

  /// From any thread.
  void add(const TurnRecord& record);
  /// Writes what waits and gives the file its name; no `add` afterwards. Throws Error when a turn is missing in it: it
  /// says how many are, and that `<path>.partial` has the others.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One turn as a line of the file, without its line break; `turn.schema.json` says what the fields mean.
std::string turn_json(const TurnRecord& record);

}  // namespace wsdeep::load
